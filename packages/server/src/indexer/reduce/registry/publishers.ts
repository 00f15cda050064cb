import type { Hex } from 'stemma/core'
import { handler, textOf, type Handler } from '../handlers.ts'
import { optionalDigest } from './models.ts'

/** Events of the registry of publishers. */
export const PUBLISHER_HANDLERS: Readonly<Record<string, Handler>> = {
  ProfileSet: handler<{ publisher: Hex; profile: Hex; domain: Uint8Array }>((draft, { args }) => {
    const publisher = draft.account(args.publisher)
    draft.insert('profiles', { publisher, profile: optionalDigest(args.profile), domain: textOf(args.domain) })
    draft.event({ subject: publisher, model: null, account: publisher })
  }),

  PublisherVerified: handler<{ publisher: Hex; verifier: Hex; profile: Hex; until: number }>((draft, { args }) => {
    const publisher = draft.account(args.publisher)
    const verifier = draft.account(args.verifier)
    draft.insert('verifications', { publisher, verifier, profile: optionalDigest(args.profile), until: args.until })
    draft.event({ subject: publisher, model: null, account: verifier })
  }),

  OperatorSet: handler<{ publisher: Hex; operator: Hex; until: number }>((draft, { args }) => {
    const publisher = draft.account(args.publisher)
    const operator = draft.account(args.operator)
    draft.insert('operators', { publisher, operator, until: args.until })
    draft.event({ subject: publisher, model: null, account: operator })
  }),

  ControllerProposed: handler<{ publisher: Hex; controller: Hex }>((draft, { args }) => {
    const publisher = draft.account(args.publisher)
    const controller = draft.accountOptional(args.controller)
    draft.insert('controllers', { publisher, controller, previous: null, accepted: 0 })
    draft.event({ subject: publisher, model: null, account: controller })
  }),

  ControllerChanged: handler<{ publisher: Hex; previous: Hex; controller: Hex }>((draft, { args }) => {
    const publisher = draft.account(args.publisher)
    const previous = draft.account(args.previous)
    const controller = draft.account(args.controller)
    draft.insert('controllers', { publisher, controller, previous, accepted: 1 })
    draft.event({ subject: publisher, model: null, account: controller })
  }),
}
