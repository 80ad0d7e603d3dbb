# The image of spanmeter: docker build --tag spanmeter .
#
# The tag names the Node that the tests run on. A release pins what it stands for, so that nobody can change it afterwards:
#   docker buildx imagetools inspect node:26.10.0-slim --format '{{.Manifest.Digest}}'
#   docker build --build-arg NODE_IMAGE=node:26.10.0-slim@sha256:… --tag spanmeter .
ARG NODE_IMAGE=node:26.10.0-slim

FROM ${NODE_IMAGE} AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY tsconfig.json tsconfig.build.json ./
COPY src ./src
RUN npm run build
# From here on only what runs: no script of a package is ever run.
RUN npm prune --omit=dev --ignore-scripts --no-audit --no-fund
RUN node dist/main.js version

FROM ${NODE_IMAGE}
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="spanmeter" \
      org.opencontainers.image.description="The meter between OpenRouter and Tempo: exact LLM cost as Prometheus metrics, every span forwarded" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
# The heap takes three quarters of the memory that the container may use; the rest is for sockets, buffers and code. Of those
# one thread takes what another one has freed.
ENV NODE_ENV=production \
    NODE_OPTIONS=--max-old-space-size-percentage=75 \
    MALLOC_ARENA_MAX=1
# The one place that it writes to; without a volume of a name it goes with the container.
WORKDIR /var/lib/spanmeter
RUN chown 10001:10001 . && chmod 700 .
VOLUME /var/lib/spanmeter
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY LICENSE schema.json ./
COPY deploy/docker/config.yaml /etc/spanmeter/config.yaml
# By number, so that Kubernetes can see that it is not root. Nothing in the image but the data is theirs to change.
USER 10001:10001
EXPOSE 4318 9464 8888 13133
HEALTHCHECK --interval=30s --timeout=10s --start-period=10s --retries=3 CMD ["node", "/app/dist/main.js", "healthcheck"]
# Every request is over soon, also where requests had to wait a while ago: nothing is made in the space of what stays.
ENTRYPOINT ["node", "--no-allocation-site-pretenuring", "/app/dist/main.js"]
CMD ["run"]
