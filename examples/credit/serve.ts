/**
 * Serves the page on this machine until Ctrl-C. The key of the gateway is read from GATEWAY_KEY.
 * Usage: GATEWAY_KEY=… npx node -C source examples/credit/serve.ts http://127.0.0.1:8700 <model>
 */
import type { AddressInfo } from 'node:net'

import { createApp } from './app.ts'

const [gateway, model] = process.argv.slice(2)
const { GATEWAY_KEY: key } = process.env
if (gateway === undefined || model === undefined || key === undefined) {
  console.error(
    'Name the gateway and the model, and set GATEWAY_KEY: examples/credit/serve.ts http://127.0.0.1:8700 chat',
  )
  process.exit(2)
}
const server = createApp({ gateway, key, model })
server.listen(0, '127.0.0.1', () => {
  console.log(`The page is at http://127.0.0.1:${(server.address() as AddressInfo).port} until Ctrl-C.`)
})
