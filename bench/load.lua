-- Requests of wrk: those of a file, each with ids of its own, until the time is up and every answer is there.
local ffi = require('ffi')
ffi.cdef [[
typedef struct { long seconds; long nanoseconds; } spanmeter_time;
int clock_gettime(int clock, spanmeter_time *time);
int getpid(void);
int kill(int process, int signal);
]]

local MONOTONIC, INTERRUPT, FOREVER_MS = 1, 2, 1e8
local connections = tonumber(os.getenv('LOAD_CONNECTIONS'))
local seconds = tonumber(os.getenv('LOAD_SECONDS'))
local seed = tonumber(os.getenv('LOAD_SEED'))
local series = tonumber(os.getenv('LOAD_SERIES'))
local templates = {}

-- A template is its text in parts, and the kind of id that stands behind each part but the last.
local function load(name)
  local file = io.open(name .. '.bin', 'rb')
  for line in io.lines(name .. '.txt') do
    local text = file:read(tonumber(line:match('^%d+')))
    local parts, kinds, from = {}, {}, 1
    for kind, at, length in line:gmatch('(%a+):(%d+):(%d+)') do
      parts[#parts + 1] = text:sub(from, at)
      kinds[#kinds + 1] = kind
      from = at + length + 1
    end
    parts[#parts + 1] = text:sub(from)
    templates[#templates + 1] = { parts = parts, kinds = kinds }
  end
  file:close()
end
load(os.getenv('LOAD_TEMPLATES'))

local time = ffi.new('spanmeter_time')
local function now()
  ffi.C.clock_gettime(MONOTONIC, time)
  return tonumber(time.seconds) + tonumber(time.nanoseconds) / 1e9
end

local function bytesOf(word)
  return string.char(bit.band(bit.rshift(word, 24), 255), bit.band(bit.rshift(word, 16), 255),
    bit.band(bit.rshift(word, 8), 255), bit.band(word, 255))
end

-- wrk asks for one request that it never sends.
local nth = tonumber(os.getenv('LOAD_FIRST')) - 1
local values, out = {}, {}
function request()
  local template = templates[nth % #templates + 1]
  local id = string.format('%08x%08x', seed, nth % 2 ^ 32)
  local raw = bytesOf(seed) .. bytesOf(nth)
  values.trace = id .. id
  values.request = 'a' .. id:sub(2)
  values.attempt = 'b' .. id:sub(2)
  values.generation = 'c' .. id:sub(2)
  values.response = id .. '0000'
  values.rawTrace = raw .. raw
  values.rawSpan = raw:sub(3)
  values.series = string.format('%08d', nth % series)
  nth = nth + 1
  local parts, kinds = template.parts, template.kinds
  local size = 2 * #parts - 1
  for index = 1, #kinds do
    out[2 * index - 1] = parts[index]
    out[2 * index] = values[kinds[index]]
  end
  out[size] = parts[#parts]
  return table.concat(out, '', 1, size)
end

-- Asked before every request: the end of the time is here, so that nothing is on its way when wrk ends.
local began, last, waiting = nil, nil, 0
function delay()
  last = now()
  began = began or last
  if last - began < seconds then return 0 end
  waiting = waiting + 1
  if waiting == connections then
    elapsed, sent = last - began, nth - tonumber(os.getenv('LOAD_FIRST'))
    ffi.C.kill(ffi.C.getpid(), INTERRUPT)
  end
  return FOREVER_MS
end

local threads = {}
function setup(thread) threads[1] = thread end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    '\n{"requests":%d,"answered":%d,"seconds":%.6f,"p50Ms":%.3f,"p99Ms":%.3f,"maxMs":%.3f,"refused":%d,"failed":%d}\n',
    threads[1]:get('sent') or -1, summary.requests, threads[1]:get('elapsed') or 0, latency:percentile(50) / 1000,
    latency:percentile(99) / 1000, latency.max / 1000, errors.status,
    errors.connect + errors.read + errors.write + errors.timeout))
end
