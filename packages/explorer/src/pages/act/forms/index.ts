import type { ActName } from '../../../ui/actTitles.ts'
import { FORM_NAMES, type Form } from '../form.ts'
import { answer, claim, review, scan } from './evidence.ts'
import { accept, apply, grant, offer, revoke } from './licensing.ts'
import { register } from './register.ts'
import { terms } from './terms.ts'

export const FORMS: Readonly<Record<ActName, Form>> = {
  register,
  terms,
  offer,
  apply,
  grant,
  revoke,
  accept,
  claim,
  answer,
  review,
  scan,
}

export function formNamed(name: string): Form | undefined {
  return FORMS[FORM_NAMES.find((each) => each === name)!]
}
