import { useEffect, useMemo, useState } from 'react'

import type { Form } from './form.ts'
import type { Values } from './reader.ts'

/** Most characters of a text that an address fills in. */
const MOST = 2100

/** What the address fills in: the fields of the form, but none that has to stay secret. */
export function prefillOf(form: Form, search: Readonly<Record<string, unknown>>): Values {
  const names = new Set<string>([...form.fields.filter(({ secret }) => !secret).map(({ name }) => name), 'model'])
  const given = Object.entries(search).filter(
    ([name, value]) => names.has(name) && ['string', 'number'].includes(typeof value),
  )
  return Object.fromEntries(given.map(([name, value]) => [name, String(value).slice(0, MOST)]))
}

/**
 * What the fields hold: what was typed, else what the address fills in. What was typed at this address comes back when the page is
 * opened again in the same tab, but for what has to stay secret.
 */
export function useValues(form: Form, prefill: Values) {
  const place = `stemma-act ${form.name} ${JSON.stringify(prefill)}`
  const [typed, setTyped] = useState<Values>(() => kept(place))
  useEffect(() => {
    const secret = new Set<string>(form.fields.filter((field) => field.secret).map(({ name }) => name))
    const open = Object.entries(typed).filter(([name]) => !secret.has(name))
    keep(place, open.length === 0 ? undefined : Object.fromEntries(open))
  }, [form, place, typed])
  const values = useMemo(() => ({ ...prefill, ...typed }), [prefill, typed])
  return {
    values,
    typed,
    set: (name: string, value: string) => setTyped((before) => ({ ...before, [name]: value })),
    clear: () => setTyped({}),
  }
}

/** What this tab keeps at a place. */
export function kept<T extends object>(place: string): T {
  try {
    const value = JSON.parse(sessionStorage.getItem(place) ?? '{}') as unknown
    return (typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {}) as T
  } catch {
    return {} as T
  }
}

export function keep(place: string, value: object | undefined): void {
  try {
    if (value === undefined) sessionStorage.removeItem(place)
    else sessionStorage.setItem(place, JSON.stringify(value))
  } catch {
    // A browser without storage forgets it.
  }
}
