/** A bare server to compare with: reads the body, parses it, keeps it if it is given a file, answers. */
import { fdatasync, openSync, writev } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import process from 'node:process';

type Waiting = Readonly<{ chunks: readonly Buffer[]; response: ServerResponse }>;

const [port, path] = process.argv.slice(2);
const file = path === undefined ? undefined : openSync(path, 'a');
let waiting: Waiting[] = [];
let writing = false;

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    JSON.parse(Buffer.concat(chunks).toString());
    if (file === undefined) return answer(response);
    waiting.push({ chunks, response });
    if (!writing) keep(file);
  });
});

/** All that waits in one write and one sync; what comes meanwhile is the next group. */
function keep(file: number): void {
  const group = waiting;
  waiting = [];
  writing = group.length > 0;
  if (!writing) return;
  writev(
    file,
    group.flatMap(({ chunks }) => chunks),
    (failed) => {
      if (failed !== null) throw failed;
      fdatasync(file, (unsafe) => {
        if (unsafe !== null) throw unsafe;
        for (const { response } of group) answer(response);
        keep(file);
      });
    },
  );
}

function answer(response: ServerResponse): void {
  response.setHeader('content-type', 'application/json').end('{}');
}

server.listen(Number(port), '127.0.0.1');
process.on('disconnect', () => process.exit());
