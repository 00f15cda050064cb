import type { UseQueryResult } from '@tanstack/react-query'
import type { Address, Hex } from 'stemma/core'

import { useLedger } from '../../api/queries.ts'
import { accountOf, idOf } from '../../app/address.ts'
import type { Form, Known } from './form.ts'
import type { Values } from './reader.ts'

const NO_ID = `0x${'0'.repeat(64)}` as Hex
const NO_ACCOUNT = `0x${'0'.repeat(40)}` as Address

/** Reads what a form is about from the index. `isUnknown` says that an id of it is not there. */
export function useKnown(form: Form, values: Values, account: Address | undefined): Known & { isUnknown: boolean } {
  const subject = form.subject(values)
  const [claimId, credentialId] = [idIn(subject.claim), idIn(subject.credential)]
  const claim = known(claimId, useLedger('Claim', { id: claimId ?? NO_ID }, undefined, { enabled: Boolean(claimId) }))
  const credential = known(
    credentialId,
    useLedger('Credential', { id: credentialId ?? NO_ID }, undefined, { enabled: Boolean(credentialId) }),
  )
  const modelId = idIn(subject.model ?? claim.found?.claim?.model?.id)
  const model = known(modelId, useLedger('Model', { id: modelId ?? NO_ID }, undefined, { enabled: Boolean(modelId) }))
  const publisher =
    accountOf(subject.publisher?.trim()) ??
    model.found?.model?.publisher.address ??
    credential.found?.credential?.publisher ??
    (form.name === 'register' ? account : undefined)
  const read = useLedger('Publisher', { address: publisher ?? NO_ACCOUNT, first: 0 }, undefined, {
    enabled: publisher !== undefined,
  })
  const found = read.data?.publisher
  const records = [claim, credential, model]
  return {
    model: model.found?.model,
    credential: credential.found?.credential,
    claim: claim.found?.claim,
    publisher: found?.address === publisher ? found : undefined,
    now: records.find((each) => each.found)?.found?.now ?? read.data?.now ?? 0,
    isUnknown:
      (claim.found?.claim === null || credential.found?.credential === null || model.found?.model === null) &&
      records.every(({ isFetching }) => !isFetching),
  }
}

/** What was read for an id. What was read for the id before says nothing of this one. */
function known<T>(id: Hex | undefined, { data, isFetching, isPlaceholderData }: UseQueryResult<T>) {
  return { found: id && !isPlaceholderData ? data : undefined, isFetching: Boolean(id) && isFetching }
}

function idIn(text: string | undefined): Hex | undefined {
  return idOf(text?.trim())
}
