/**
 * A stand-in for a model server, to try the gateway before: answers chat completions of any prompt with the same sentence, in OpenAI's
 * dialect, until Ctrl-C.
 *
 * Usage: node -C source scripts/upstream.ts [--port 8100 --name chat]
 *   --port   port of 127.0.0.1; 0 for any that is free
 *   --name   the model's name in requests
 */
import { builtInModel } from './local/builtInModel.ts'
import { serveChat } from './local/chatFace.ts'
import { exitForUsage, readOptions } from './options.ts'
import { runScript } from './run.ts'

const { port, name } = readOptions({
  port: { type: 'string', default: '8100' },
  name: { type: 'string', default: 'chat' },
}).values
if (!/^\d{1,5}$/.test(port) || Number(port) > 65_535) exitForUsage(`Invalid --port "${port}": use 0 to 65535.`)

await runScript(async () => {
  const face = await serveChat(builtInModel(name), Number(port))
  console.log(`Answering for "${name}" at ${face.url}. Stop with Ctrl-C.`)
})
