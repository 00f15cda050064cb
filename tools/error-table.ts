/**
 * Writes `docs/errors.md`: every error code of the code and of the contracts, with its kind, where it is thrown and what it means.
 * Usage: node tools/error-table.ts [--check]
 */
import { existsSync, globSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { EXIT_OF } from '../src/console/run.ts'
import { anchorOf, type ErrorKind } from '../src/core/errors.ts'
import { RIGHTS } from '../src/core/vocabulary.ts'
import { CONTRACT_ERRORS, explainContractError } from '../src/sdk/contractErrors.ts'

const root = join(import.meta.dirname, '..')
const path = join(root, 'docs/errors.md')

/** An error code as its page describes it. */
export type DocumentedError = { code: string; kind: ErrorKind; meaning: string; source: string }

/** Every error code, in the order of the page. */
export function documentedErrors(): DocumentedError[] {
  return [...classErrors(), ...contractErrors()].toSorted((a, b) => (a.code < b.code ? -1 : a.code > b.code ? 1 : 0))
}

/** The page as it should be. */
export function errorPage(): string {
  const sections = documentedErrors().map(({ code, kind, meaning, source }, index, all) => {
    const isFirst = all.findIndex((other) => other.code === code) === index
    const anchor = isFirst ? `<a id="${anchorOf(code)}"></a>\n\n` : ''
    return `${anchor}## ${code}\n\n${meaning}\n\nKind: ${kind} (exit code ${EXIT_OF[kind]}). Thrown as ${source}.\n`
  })
  return `# Errors

Match on \`code\`, never on the message: messages change. Made by \`tools/error-table.ts\`.

| kind        | what it means                                                | exit code |
| ----------- | ------------------------------------------------------------ | --------- |
| input       | the input is wrong; correct it                               | 2         |
| refused     | a contract, a service or a person said no                    | 2         |
| finding     | what was examined is not what it has to be                   | 1         |
| undecided   | the facts at hand do not decide the question                 | 3         |
| unavailable | a node, a database or a service did not give a usable answer | 3         |

${sections.join('\n')}`
}

function classErrors(): DocumentedError[] {
  return globSync(['src/**/*.ts', 'packages/server/src/**/*.ts'], { cwd: root }).flatMap((file) => {
    const text = readFileSync(join(root, file), 'utf8')
    const pattern = /\/\*\*((?:(?!\*\/)[^])*)\*\/\s*export class (\w+Error) extends StemmaError \{([^]*?)\n\}/g
    return [...text.matchAll(pattern)].flatMap(([, comment, name, body]) => {
      const kind = (/override readonly kind = '(\w+)'/.exec(body!)?.[1] ?? 'input') as ErrorKind
      const meaning = comment!.replaceAll(/\s*\n?\s*\*\s+/g, ' ').trim()
      return codesOf(name!, body!).map((code) => ({
        code,
        kind,
        meaning,
        source: `${name} in ${file.replaceAll('\\', '/')}`,
      }))
    })
  })
}

/** The codes of a class: the one that it states, or those of the ids that the code reads. */
function codesOf(name: string, body: string): string[] {
  const code = /super\(\s*'([A-Z0-9_]+)'/.exec(body)?.[1]
  if (code !== undefined) return [code]
  if (name !== 'InvalidHexError') return []
  const texts = globSync('src/**/*.ts', { cwd: root }).map((file) => readFileSync(join(root, file), 'utf8'))
  const names = texts.flatMap((text) =>
    [...text.matchAll(/(?:parseBytes32|InvalidHexError)\([\w.]+, '([a-z ]+)'/g)].map(([, what]) => what!),
  )
  return [...new Set(names)].map((what) => `INVALID_${what.toUpperCase().replaceAll(' ', '_')}`)
}

function contractErrors(): DocumentedError[] {
  return Object.keys(CONTRACT_ERRORS).map((errorName) => {
    const { code, kind } = explainContractError({ errorName, args: {} })
    return {
      code,
      kind,
      meaning: `A contract refused with \`${errorName}\`: ${sentenceOf(errorName)}`,
      source: 'ContractError in src/sdk/contractError.ts',
    }
  })
}

/** A time that messages print in seconds, as it is past the last one that has a date. The arguments of an error are numbers after it. */
const MARK = 253_402_300_800n

/** The message of a contract's error, with the names of its arguments in braces where their values stand. */
export function sentenceOf(errorName: string): string {
  const names: string[] = []
  // Masks print as lists of names, so they get one bit each as an example.
  const args = new Proxy<Record<string, bigint>>(
    {},
    {
      get: (_target, name: string) => {
        if (name === 'passThrough') return 1n << BigInt(RIGHTS.commercial)
        if (name === 'rights' && errorName.endsWith('ExcessPassThrough')) return 1n << BigInt(RIGHTS.research)
        if (!names.includes(name)) names.push(name)
        return MARK + BigInt(names.indexOf(name) + 1)
      },
    },
  )
  const message = CONTRACT_ERRORS[errorName]!(args)
  return names.reduce((text, name, index) => {
    const mark = MARK + BigInt(index + 1)
    const id = `0x${mark.toString(16).padStart(64, '0')}`
    return text.replaceAll(`second ${mark}`, `{${name}}`).replaceAll(id, `{${name}}`).replaceAll(`${mark}`, `{${name}}`)
  }, message)
}

if (process.argv[1] === import.meta.filename) {
  const text = errorPage()
  if (!process.argv.includes('--check')) writeFileSync(path, text)
  else if (!existsSync(path) || readFileSync(path, 'utf8') !== text) {
    console.log('docs/errors.md is stale: node tools/error-table.ts')
    process.exitCode = 1
  }
}
