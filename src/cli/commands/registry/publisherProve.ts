import { writeFile } from 'node:fs/promises'

import type { Command } from 'commander'

import { EXIT, nameLedger, note, print, UsageError, type Context } from '../../../console/context.ts'
import { FileError, pathOf } from '../../../console/files.ts'
import type { LedgerOptions } from '../../../console/node.ts'
import { withLedgerOptions } from '../../../console/options.ts'
import { COUNTRY_FORM, countryHint, isCountry } from '../../../core/countries.ts'
import { quoted } from '../../../core/text.ts'
import { sha256Text } from '../../../core/sha256.ts'
import { locateDeployment } from '../../../deployments/deploymentFiles.ts'
import { NamePins } from '../../../deployments/namePins.ts'
import {
  namespaceProofOf,
  namespaceProofText,
  proofNameOf,
  proofPlaceOf,
  type ProofName,
} from '../../../documents/namespaceProof.ts'
import {
  checkNamespaceProof,
  InvalidProofNameError,
  type NamespaceCheck,
} from '../../../sdk/registry/checkNamespaceProof.ts'
import { accountOf } from '../../names.ts'
import { read } from '../../open.ts'
import { fetchOf } from '../../pinnedProver.ts'

type Options = LedgerOptions & {
  publisher?: string
  output?: string
  country?: string
  check?: boolean
  forget?: boolean
}

/** `stemma publisher prove`: writes the proof that a publisher holds some names, or checks what lies at them. */
export function publisherProve(command: Command, context: Context, exit: (code: number) => void): void {
  withLedgerOptions(
    command
      .option('--publisher <address>', 'whose proof to write')
      .option('--output <file>', 'where to write it', 'stemma.json')
      .option(
        '--country <code>',
        'where the publisher says that it is established (ISO 3166-1 alpha-2), for its profile',
      )
      .option('--check', 'check what lies at the names now, and write nothing')
      .option('--forget', 'forget whom the names meant when you first saw them'),
    {
      example:
        '$ stemma publisher prove acme/tiny-chat acme.example --publisher 0x7099…79c8\n$ stemma publisher prove acme/tiny-chat --check',
      json: '{ file, profile, places: [{ name, file }] }; with --check { names: [{ name,\n  state: "proved" | "missing" | "refused" | "unreachable", reason, publisher, profile, repository }] };\nwith --forget { forgotten: [name] }',
    },
  ).action(async (texts: string[], options: Options) => {
    const names = [...new Set(texts.map(nameOf))]
    const { env, cwd } = context
    if ([options.check, options.forget, options.publisher !== undefined].filter(Boolean).length > 1) {
      throw new UsageError('--publisher, --check and --forget exclude each other. Use one of them.')
    }
    if (options.country !== undefined) requireCountry(options.country)
    if (options.country !== undefined && options.publisher === undefined) {
      throw new UsageError('--country is for a proof that is written. Name the publisher: --publisher.')
    }
    if (options.check) return checkAll(context, options, names, exit)
    const located = await locateDeployment(options.deployment, { env, cwd })
    if (options.forget) {
      const pins = new NamePins(located.deployment, { env, cwd })
      for (const name of names) await pins.forget(name)
      print(context, options.json, { forgotten: names }, () => `Forgotten: ${names.join(', ')}`)
      return
    }
    if (options.publisher === undefined) {
      throw new UsageError(
        'Name the publisher whose proof to write: --publisher. To check what lies at a name: --check.',
      )
    }
    const publisher = accountOf(options.publisher)
    const { country } = options
    nameLedger(context, located)
    const text = namespaceProofText(namespaceProofOf(located.deployment, publisher, names, country))
    const output = options.output ?? 'stemma.json'
    await writeFile(pathOf(context, output), text).catch((cause: unknown) => {
      throw new FileError(output, 'written', cause)
    })
    const places = names.map((name) => ({ name, file: proofPlaceOf(name).file }))
    print(context, options.json, { file: output, profile: sha256Text(text), places }, () =>
      [
        `Wrote ${output}. Put these very bytes at each name:`,
        ...places.map(({ file }) => `  ${file}`),
        `Make it the profile: stemma publisher profile set ${output}`,
        `Then check it: stemma publisher prove ${names.join(' ')} --check`,
      ].join('\n'),
    )
  })
}

function requireCountry(country: string): void {
  if (isCountry(country)) return
  throw new UsageError(`Invalid --country ${quoted(country)}: use ${COUNTRY_FORM}.${countryHint(country)}`)
}

async function checkAll(
  context: Context,
  options: Options,
  names: readonly ProofName[],
  exit: (code: number) => void,
): Promise<void> {
  const { signal } = context
  const found = await read(context, options, (ledger) =>
    Promise.all(names.map((name) => checkNamespaceProof(ledger, { name, fetch: fetchOf(context), signal }))),
  )
  print(context, options.json, { names: found }, () => found.map(formatCheck).join('\n'))
  if (found.some(({ state }) => state === 'missing' || state === 'refused')) exit(EXIT.finding)
  else if (found.some(({ state }) => state === 'unreachable')) exit(EXIT.undecided)
  else note(context, 'A name that is proved says who holds it, and nothing about what its models were made from.')
}

function formatCheck({ name, state, reason, publisher }: NamespaceCheck): string {
  return state === 'proved' ? `${name}: proved by ${publisher}` : `${name}: ${state}: ${reason}`
}

function nameOf(text: string): ProofName {
  const name = proofNameOf(text)
  if (name === undefined) throw new InvalidProofNameError(text)
  return name
}
