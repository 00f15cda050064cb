import { spawn } from 'node:child_process'
import { mkdtemp, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** A command that the runner obeyed. */
export type Obeyed = { command: string; properties: Record<string, string>; message: string }

/** What a step did, as the runner of GitHub sees it. */
export type Step = {
  code: number
  log: string
  obeyed: readonly Obeyed[]
  outputs: Record<string, string>
  summary: string
  /** Milliseconds from the start of the process to its end. */
  took: number
}

/**
 * Runs a step as the runner of GitHub does: the main file of the action with Node, in the workspace, with the inputs and files in the
 * environment, and nothing else of this process.
 */
export async function runStep(
  main: string,
  { workspace, inputs, home }: { workspace: string; inputs: Record<string, string>; home: string },
): Promise<Step> {
  const temporary = await mkdtemp(join(home, 'runner-'))
  const files = { output: join(temporary, 'output'), summary: join(temporary, 'summary') }
  for (const file of Object.values(files)) await writeFile(file, '')
  const given = Object.entries(inputs).map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value])
  const from = performance.now()
  const { code, log } = await runFile(process.execPath, [main], workspace, {
    ...Object.fromEntries(given),
    HOME: home,
    GITHUB_ACTIONS: 'true',
    GITHUB_WORKSPACE: workspace,
    GITHUB_OUTPUT: files.output,
    GITHUB_STEP_SUMMARY: files.summary,
    RUNNER_TEMP: temporary,
  })
  return {
    code,
    log,
    took: performance.now() - from,
    obeyed: obeyedIn(log),
    outputs: outputsIn(await readFile(files.output, 'utf8')),
    summary: await readFile(files.summary, 'utf8'),
  }
}

/** Runs a program with an environment of its own, and returns what it printed to both streams. */
export async function runFile(
  program: string,
  args: readonly string[],
  cwd: string,
  env: NodeJS.ProcessEnv,
): Promise<{ code: number; log: string }> {
  const child = spawn(program, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] })
  let log = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => void (log += text))
  }
  const code = await new Promise<number>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (status) => resolve(status ?? -1))
  })
  return { code, log }
}

/**
 * The commands that the runner obeys in a log: `::name key=value::message` at the start of a line, and `##[name key=value]message` anywhere
 * in it, but none between `::stop-commands::token` and `::token::`.
 *
 * Source: actions/runner, src/Runner.Common/ActionCommand.cs and src/Runner.Worker/ActionCommandManager.cs
 */
export function obeyedIn(log: string): Obeyed[] {
  const obeyed: Obeyed[] = []
  let token: string | undefined
  for (const line of log.split(/\r\n|\r|\n/)) {
    const found = /^\s*::([^:\s]+)(?:\s+(.*?))?::(.*)$/.exec(line) ?? /##\[([^\]\s]+)(?:\s+([^\]]*))?\](.*)$/.exec(line)
    if (!found) continue
    const [, command, stated = '', message] = found as unknown as [string, string, string | undefined, string]
    if (token !== undefined) {
      if (command === token) token = undefined
    } else if (command === 'stop-commands') {
      token = message
    } else {
      const properties = stated
        .split(',')
        .map((each) => /^(.*?)=(.*)$/.exec(each)?.slice(1).map(unescaped) ?? [each, ''])
      obeyed.push({ command, properties: Object.fromEntries(properties), message: unescaped(message) })
    }
  }
  return obeyed
}

function unescaped(text: string): string {
  return text
    .replaceAll('%0D', '\r')
    .replaceAll('%0A', '\n')
    .replaceAll('%3A', ':')
    .replaceAll('%2C', ',')
    .replaceAll('%25', '%')
}

/** The outputs in a file of the runner: `name=value` lines, and `name<<delimiter` with lines up to the delimiter. */
export function outputsIn(text: string): Record<string, string> {
  const outputs: Record<string, string> = {}
  const lines = text.split('\n')
  while (lines.length > 0) {
    const line = lines.shift()!
    const [, name, mark, value] = /^(.*?)(=|<<)(.*)$/.exec(line) ?? []
    if (name === undefined) continue
    if (mark === '=') {
      outputs[name] = value!
      continue
    }
    const end = lines.indexOf(value!)
    outputs[name] = lines.slice(0, end).join('\n')
    lines.splice(0, end + 1)
  }
  return outputs
}
