-- What wrk sends, and how it hands back what it measured. One thread.
-- Arguments: method, path, file with the body ("-" for none), file with one request's header fields a line, index of the first line.
-- The lines are used in turn, from the first again after the last. Between two fields of a line stands a tab.

local head, tail = "", ""
local fields = {}
local last = 0

local function contents(file)
  local handle = assert(io.open(file, "rb"))
  local text = handle:read("*a")
  handle:close()
  return text
end

function init(args)
  local method, path, body_file, field_file, first = unpack(args)
  local lines = { method .. " " .. path .. " HTTP/1.1", "host: " .. wrk.headers["Host"] }
  local body = ""
  if body_file ~= "-" then
    body = contents(body_file)
    lines[#lines + 1] = "content-type: application/json"
    lines[#lines + 1] = "accept: application/json, text/event-stream"
    lines[#lines + 1] = "mcp-protocol-version: 2025-11-25"
    lines[#lines + 1] = "content-length: " .. #body
  end
  head = table.concat(lines, "\r\n") .. "\r\n"
  tail = "\r\n\r\n" .. body
  for line in io.lines(field_file) do
    fields[#fields + 1] = line:gsub("\t", "\r\n")
  end
  last = tonumber(first) % #fields
end

function request()
  last = last % #fields + 1
  return head .. fields[last] .. tail
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    '\n{"requests":%d,"micros":%d,"p50_us":%d,"p99_us":%d,"refused":%d,"broken":%d}\n',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99),
    errors.status, errors.connect + errors.read + errors.write + errors.timeout))
end
