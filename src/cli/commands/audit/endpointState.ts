import { Option, type Command } from 'commander'

import { ZERO_DIGEST, type Address } from '../../../core/hex.ts'
import { SERVING_GRADES, type ServingGrade, type ServingStatement } from '../../../core/serving.ts'
import { servingFileOf } from '../../../documents/serving.ts'
import { signServing } from '../../../sdk/audit/signServing.ts'
import { stateServing } from '../../../sdk/audit/stateServing.ts'
import type { Ledger } from '../../../sdk/connect.ts'
import { senderOf } from '../../../sdk/transact.ts'
import { toJson, UsageError, type Context } from '../../../console/context.ts'
import { fileDigest } from '../../../console/fileDigest.ts'
import { writeWhole } from '../../../console/files.ts'
import { accountOf, checkModelName, modelOf } from '../../names.ts'
import { send, sign, type SendOptions } from '../../open.ts'
import { checkEndpoint } from '../../servedEndpoint.ts'
import { chainTimeOf, timeOf } from '../../times.ts'
import { SENT_JSON, SIGNER_OPTION, withSendOptions } from '../../../console/options.ts'

type Options = SendOptions & {
  publisher?: string
  since: string
  until: string
  grade: ServingGrade
  evidence?: string
  sign?: string
  signer?: string
  deadline: string
}

/** `stemma model endpoint state`: states which registered model answers at an endpoint. */
export function endpointState(command: Command, context: Context): void {
  withSendOptions(
    command
      .requiredOption('--until <time>', 'when it ends: a date, a duration such as 180d, Unix seconds, or `forever`')
      .option('--since <time>', 'when it began to answer', 'now')
      .option('--publisher <address>', "who serves it (default: the signer's own account)")
      .addOption(
        new Option('--grade <grade>', 'what it rests on: your word, the report of an outsider, or a quote of a TEE')
          .choices(SERVING_GRADES)
          .default('stated'),
      )
      .option('--evidence <file>', 'with probed, the report; with attested, the quote: its SHA-256 is stated')
      .option('--sign <file>', 'only sign, and write the statement to a file that anybody can anchor')
      .option(SIGNER_OPTION[0], `with --sign: ${SIGNER_OPTION[1]}`)
      .option('--deadline <time>', 'last time at which the signed statement can be anchored', '7d'),
    {
      example: '$ stemma model endpoint state acme/base https://acme.example m-1 --until 365d',
      json: `{ statement, ${SENT_JSON}; with --sign, what the file holds`,
    },
  ).action(async (modelName: string, origin: string, name: string, options: Options) => {
    checkModelName(modelName)
    checkEndpoint(origin, name)
    if (options.signer !== undefined && options.sign === undefined) {
      throw new UsageError('--signer works only with --sign. Add --sign <file>, or omit --signer.')
    }
    const signer = options.signer === undefined ? undefined : accountOf(options.signer)
    const named = options.publisher === undefined ? undefined : accountOf(options.publisher)
    for (const time of [options.since, options.until, options.deadline]) timeOf(time, 0)
    if ((options.grade === 'stated') !== (options.evidence === undefined)) {
      throw new UsageError('--evidence <file> goes with --grade probed or attested, and these need it.')
    }
    const evidence = options.evidence === undefined ? ZERO_DIGEST : await fileDigest(context, options.evidence)
    const statementOf = async (ledger: Ledger): Promise<ServingStatement> => ({
      publisher: named ?? ((await senderOf(ledger)) as Address),
      model: await modelOf(ledger, modelName),
      origin,
      name,
      from: await chainTimeOf(ledger, options.since),
      until: await chainTimeOf(ledger, options.until),
      grade: options.grade,
      evidence,
    })
    if (options.sign !== undefined) {
      const file = await sign(context, options, async (ledger) => {
        const statement = await statementOf(ledger)
        const deadline = await chainTimeOf(ledger, options.deadline)
        return servingFileOf(
          ledger.deployment,
          await signServing(ledger, { statement, deadline, ...(signer && { signer }) }),
        )
      })
      await writeWhole(context, options.sign, `${toJson(file)}\n`)
      if (options.json) context.stdout(`${toJson(file)}\n`)
      return
    }
    await send(
      context,
      options,
      async (ledger, write) => stateServing(ledger, { statement: await statementOf(ledger), ...write }),
      ({ statement }) => `statement ${statement}`,
    )
  })
}
