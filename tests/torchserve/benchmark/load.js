// One level of load by autocannon: node load.js URL PICTURE CLIENTS REQUESTS prints JSON.
// Each answer's latency is kept, not a histogram of them, so that runs can be compared afterwards.
const autocannon = require('autocannon')
const { readFileSync } = require('fs')

const [url, picture, clients, requests] = process.argv.slice(2)
const latencies = [] // ms, of answers with status 200
const finished = [] // s since the start, of the same answers
const started = process.hrtime.bigint()
let other = 0

const instance = autocannon({
  url,
  method: 'POST',
  headers: { 'content-type': 'image/jpeg' },
  body: readFileSync(picture),
  connections: Number(clients),
  amount: Number(requests),
  timeout: 60
}, (error, result) => {
  if (error) throw error
  console.log(JSON.stringify({
    generator: 'autocannon ' + require('autocannon/package.json').version,
    clients: Number(clients),
    sent: result.requests.sent,
    answered: latencies.length,
    failed: other + result.errors,
    other_statuses: other,
    errors: result.errors,
    latencies_ms: latencies,
    finished_s: finished
  }))
})

instance.on('response', (client, status, bytes, latency) => {
  if (status !== 200) { other += 1; return }
  latencies.push(latency)
  finished.push(Number(process.hrtime.bigint() - started) / 1e9)
})
