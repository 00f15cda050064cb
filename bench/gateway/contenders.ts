import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

/** The newest release, and the version of its server under which streams work: the newest one gives "TypeError: immutable" (Portkey-AI/gateway#1389). */
const PORTKEY = ['@portkey-ai/gateway@1.15.2', '@hono/node-server@1.14.1']

/** What stands between the load and the upstream. */
export type Contender = {
  name: string
  /** Where chat completions are. */
  url: string
  headers: Record<string, string>
  /** Process whose time and memory count; undefined where nothing stands between. */
  pid: number | undefined
  close(): Promise<void>
}

/** Starts a program of this folder that prints its port. */
export async function startProgram(
  file: string,
  args: readonly string[],
): Promise<{ port: number; child: ChildProcess }> {
  const program = join(import.meta.dirname, file)
  const child = spawn(process.execPath, [program, ...args], { stdio: ['pipe', 'pipe', 'inherit'] })
  for await (const line of createInterface({ input: child.stdout! })) return { port: Number(line), child }
  throw new Error(`${file} ended before it named its port.`)
}

/** No proxy: the upstream itself. */
export function direct(upstream: string): Contender {
  return {
    name: 'no proxy',
    url: `${upstream}/v1/chat/completions`,
    headers: {},
    pid: undefined,
    close: async () => {},
  }
}

/** `node:http` and the dispatch of undici, and nothing else. */
export async function plain(upstream: string): Promise<Contender> {
  const { port, child } = await startProgram('plain.ts', [upstream])
  return running('plain undici', child, `http://127.0.0.1:${port}/v1/chat/completions`)
}

/** nginx with one worker and no buffers; undefined where it is not installed. */
export async function nginx(upstream: string, folder: string): Promise<Contender | undefined> {
  if (spawnSync('nginx', ['-v']).status !== 0) return undefined
  const port = await freePort()
  const at = join(folder, 'nginx')
  mkdirSync(at)
  const file = join(at, 'nginx.conf')
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
  writeFileSync(
    file,
    `daemon off; master_process off; pid ${at}/pid; error_log ${at}/error.log;
events { worker_connections 2048; }
http {
  access_log off; ${temporary.map((name) => `${name}_temp_path ${at}/${name};`).join(' ')}
  upstream engine { server ${new URL(upstream).host}; keepalive 512; }
  server {
    listen 127.0.0.1:${port}; keepalive_requests 1000000;
    location / { proxy_pass http://engine; proxy_http_version 1.1; proxy_set_header connection ""; proxy_buffering off; }
  }
}
`,
  )
  const child = spawn('nginx', ['-c', file, '-p', at, '-e', `${at}/error.log`], { stdio: 'inherit' })
  await listening(port, child)
  return running('nginx', child, `http://127.0.0.1:${port}/v1/chat/completions`)
}

/** Portkey's gateway, installed into a folder of the run. */
export async function portkey(upstream: string, folder: string, report: (line: string) => void): Promise<Contender> {
  const at = join(folder, 'portkey')
  const program = join(at, 'node_modules/@portkey-ai/gateway/build/start-server.js')
  mkdirSync(at)
  report(`Installing ${PORTKEY.join(' and ')} …`)
  const overrides = { '@hono/node-server': '1.14.1' }
  writeFileSync(join(at, 'package.json'), JSON.stringify({ name: 'portkey-bench', private: true, overrides }))
  const { status, stderr } = spawnSync(
    'npm',
    ['install', '--no-audit', '--no-fund', '--no-save', '--ignore-scripts', ...PORTKEY],
    { cwd: at, encoding: 'utf8' },
  )
  if (status !== 0 || !existsSync(program)) throw new Error(`Portkey cannot be installed: ${stderr.slice(-2000)}`)
  const port = await freePort()
  const child = spawn(process.execPath, [program, `--port=${port}`, '--headless'], {
    cwd: at,
    env: { ...process.env, NODE_OPTIONS: '', NODE_ENV: 'production' },
    stdio: 'ignore',
  })
  await listening(port, child)
  return running('Portkey 1.15.2', child, `http://127.0.0.1:${port}/v1/chat/completions`, {
    'x-portkey-provider': 'openai',
    'x-portkey-custom-host': `${upstream}/v1`,
    authorization: 'Bearer none',
  })
}

/** A contender that is a process. */
export function running(
  name: string,
  child: ChildProcess,
  url: string,
  headers: Record<string, string> = {},
): Contender {
  return {
    name,
    url,
    headers,
    pid: child.pid,
    async close() {
      if (child.exitCode !== null || child.signalCode !== null) return
      child.kill('SIGTERM')
      await once(child, 'exit')
    },
  }
}

/** Processor time that a process has taken, with all its threads, in milliseconds. Linux says so in /proc. */
export function processorOf(pid: number): number {
  // The name, in parentheses, may have spaces; utime and stime are the 14th and 15th field, in hundredths of a second.
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ')
  return (Number(fields[11]) + Number(fields[12])) * 10
}

/** Memory of a process, in MB. */
export function memoryOf(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  return (Number(/^VmRSS:\s+(\d+)/m.exec(status)![1]) * 1024) / 1e6
}

/** A port that is free now. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

/** Waits until a process accepts connections on a port. */
export async function listening(port: number, child: ChildProcess): Promise<void> {
  while (child.exitCode === null) {
    try {
      await fetch(`http://127.0.0.1:${port}/`, { signal: AbortSignal.timeout(1000) })
      return
    } catch (error) {
      if ((error as Error).name === 'TimeoutError') return
      await new Promise((next) => setTimeout(next, 50))
    }
  }
  throw new Error(`A contender ended with ${child.exitCode}.`)
}
