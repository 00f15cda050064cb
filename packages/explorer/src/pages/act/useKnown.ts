import type { Address, Hex } from 'stemma/core'

import { useLedger } from '../../api/queries.ts'
import { isAddress, isId } from '../../app/address.ts'
import type { Form, Known } from './form.ts'
import type { Values } from './reader.ts'

const NO_ID = `0x${'0'.repeat(64)}` as Hex
const NO_ACCOUNT = `0x${'0'.repeat(40)}` as Address

/** Reads what a form is about from the index. `isUnknown` says that an id of it is not there. */
export function useKnown(form: Form, values: Values, account: Address | undefined): Known & { isUnknown: boolean } {
  const subject = form.subject(values)
  const claim = useRecord('Claim', subject.claim)
  const credential = useRecord('Credential', subject.credential)
  const model = useRecord('Model', subject.model ?? claim.found?.claim?.model?.id)
  const publisher =
    addressIn(subject.publisher) ??
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

function useRecord<Name extends 'Model' | 'Claim' | 'Credential'>(name: Name, text: string | undefined) {
  const id = text?.trim().toLowerCase()
  const isNamed = isId(id)
  const { data, isFetching, isPlaceholderData } = useLedger(
    name,
    { id: isNamed ? (id as Hex) : NO_ID } as never,
    undefined,
    {
      enabled: isNamed,
    },
  )
  // What was read for the id before says nothing of this one.
  return { found: isNamed && !isPlaceholderData ? data : undefined, isFetching: isNamed && isFetching }
}

function addressIn(text: string | undefined): Address | undefined {
  const address = text?.trim().toLowerCase()
  return isAddress(address) ? (address as Address) : undefined
}
