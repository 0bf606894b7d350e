-- What wrk sends, and how it hands back what it measured. One thread.
-- Arguments: method, path, file with the body ("-" for none), file with one token a line, index of the first token.
-- The tokens are sent in turn, from the first again after the last. Behind a token that is bound to a key stand a space and the
-- proof that goes with it.

local head, tail = "", ""
local tokens = {}
local last = 0

local function contents(file)
  local handle = assert(io.open(file, "rb"))
  local text = handle:read("*a")
  handle:close()
  return text
end

function init(args)
  local method, path, body_file, token_file, first = unpack(args)
  local lines = { method .. " " .. path .. " HTTP/1.1", "host: " .. wrk.headers["Host"] }
  local body = ""
  if body_file ~= "-" then
    body = contents(body_file)
    lines[#lines + 1] = "content-type: application/json"
    lines[#lines + 1] = "accept: application/json, text/event-stream"
    lines[#lines + 1] = "mcp-protocol-version: 2025-11-25"
    lines[#lines + 1] = "content-length: " .. #body
  end
  lines[#lines + 1] = "authorization: "
  head = table.concat(lines, "\r\n")
  tail = "\r\n\r\n" .. body
  for line in io.lines(token_file) do
    local bound, proof = line:match("^(%S+) (%S+)$")
    tokens[#tokens + 1] = bound and "DPoP " .. bound .. "\r\ndpop: " .. proof or "Bearer " .. line
  end
  last = tonumber(first) % #tokens
end

function request()
  last = last % #tokens + 1
  return head .. tokens[last] .. tail
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    '\n{"requests":%d,"micros":%d,"p50_us":%d,"p99_us":%d,"refused":%d,"broken":%d}\n',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99),
    errors.status, errors.connect + errors.read + errors.write + errors.timeout))
end
