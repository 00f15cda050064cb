/**
 * Builds the page for a deployment, and serves it on this machine until Ctrl-C, or writes its files.
 * Usage: npm run dapp -- [--port 5173] [--deployment local] [--out FOLDER]   (after npm start)
 */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { findDeployment } from 'stemma/deployments'

import { exitForUsage, readOptions } from '../../scripts/options.ts'
import { runScript } from '../../scripts/run.ts'
import { buildPage, serveFiles } from './page.ts'

const { values } = readOptions({
  port: { type: 'string', default: '5173' },
  deployment: { type: 'string' },
  out: { type: 'string' },
})
const port = Number(values.port)
if (!Number.isInteger(port) || port < 0 || port > 65_535) {
  exitForUsage(`Invalid port "${values.port}": use a whole number from 0 to 65535.`)
}
await runScript(async () => {
  const files = await buildPage(await findDeployment(values.deployment))
  if (values.out === undefined) {
    const { url } = await serveFiles(files, port).catch(refusePort)
    console.log(`The page is at ${url} until Ctrl-C.`)
    return
  }
  await mkdir(values.out, { recursive: true })
  for (const [name, contents] of files) await writeFile(join(values.out, name), contents)
  console.log(`Wrote ${files.size} files to "${values.out}".`)
})

function refusePort(error: NodeJS.ErrnoException): never {
  if (error.code !== 'EADDRINUSE' && error.code !== 'EACCES') throw error
  const why = error.code === 'EACCES' ? 'needs more rights' : 'is taken'
  return exitForUsage(`Port ${port} ${why}. Choose another with --port, or 0 for any that is free.`)
}
