import type { Hex } from 'stemma/core'
import { handler, textOf, type Handler } from '../handlers.ts'
import { optionalDigest } from './models.ts'

/** Events of the registry of publishers. */
export const PUBLISHER_HANDLERS: Readonly<Record<string, Handler>> = {
  ProfileSet: handler<{ publisher: Hex; profile: Hex; domain: Uint8Array }>((rows, { args }) => {
    const publisher = rows.account(args.publisher)
    rows.insert('profiles', { publisher, profile: optionalDigest(args.profile), domain: textOf(args.domain) })
    rows.event({ subject: publisher, model: null, account: publisher })
  }),

  PublisherVerified: handler<{ publisher: Hex; verifier: Hex; profile: Hex; from: number; until: number }>(
    (rows, { args }) => {
      const publisher = rows.account(args.publisher)
      const verifier = rows.account(args.verifier)
      const { from, until } = args
      rows.insert('verifications', { publisher, verifier, profile: optionalDigest(args.profile), since: from, until })
      rows.event({ subject: publisher, model: null, account: verifier })
    },
  ),

  OperatorSet: handler<{ publisher: Hex; operator: Hex; until: number }>((rows, { args }) => {
    const publisher = rows.account(args.publisher)
    const operator = rows.account(args.operator)
    rows.insert('operators', { publisher, operator, until: args.until })
    rows.event({ subject: publisher, model: null, account: operator })
  }),

  ControllerProposed: handler<{ publisher: Hex; controller: Hex }>((rows, { args }) => {
    const publisher = rows.account(args.publisher)
    const controller = rows.accountOptional(args.controller)
    rows.insert('controllers', { publisher, controller, previous: null, accepted: 0 })
    rows.event({ subject: publisher, model: null, account: controller })
  }),

  ControllerChanged: handler<{ publisher: Hex; previous: Hex; controller: Hex }>((rows, { args }) => {
    const publisher = rows.account(args.publisher)
    const previous = rows.account(args.previous)
    const controller = rows.account(args.controller)
    rows.insert('controllers', { publisher, controller, previous, accepted: 1 })
    rows.event({ subject: publisher, model: null, account: controller })
  }),
}
