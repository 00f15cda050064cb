import { useId, useState } from 'react'
import { OBLIGATION_NAMES, parseStrictJson, type Address, type Obligation } from 'stemma/core'
import { parsePolicy } from 'stemma/verify'

import { accountOf, type Changes, type Question } from '../../app/address.ts'
import { useWords, useWordsOf } from '../../app/settings.tsx'
import { FileButton } from '../../ui/FileButton.tsx'
import { plain } from '../../ui/plain.ts'
import { modelWords } from './words.ts'

/** A policy as it is typed: lists as text, and facts that no answer has asked for yet. */
export type PolicyDraft = {
  trust: string
  deny: string
  operators: string
  fulfilled: readonly Obligation[]
  rules: string
  facts: string
}

/** Most characters that a policy takes in an address: `stemma-server api` reads addresses of 8,192. */
const MOST_POLICY = 7000
/** Most characters of rules. */
const MOST_RULES = 4000
/** Longest policy file, in bytes. */
const MOST_BYTES = 1_000_000

/** What an address keeps, as a form shows it. */
export function draftOf({ trust, deny, operators, fulfilled, rules }: Question): PolicyDraft {
  return {
    trust: (trust ?? []).join(' '),
    deny: (deny ?? []).join(' '),
    operators: (operators ?? []).join(' '),
    fulfilled: OBLIGATION_NAMES.filter((each) => fulfilled?.includes(each)),
    rules: rules ?? '',
    facts: '',
  }
}

/** What a form says, as an address keeps it; undefined when it is not a policy. */
export function policyIn(draft: PolicyDraft): Changes<Question> | undefined {
  const [trust, deny, operators] = [draft.trust, draft.deny, draft.operators].map(accountsIn)
  const rules = draft.rules.trim()
  if (!trust || !deny || !operators || !factsIn(draft.facts) || !isRules(rules) || isTooLong(draft)) return undefined
  return {
    trust: someOf(trust),
    deny: someOf(deny),
    operators: someOf(operators),
    fulfilled: someOf(draft.fulfilled),
    rules: rules === '' ? undefined : rules,
  }
}

/** Whether a policy takes more of an address than servers read: cut short, it would be another policy. */
function isTooLong({ trust, deny, operators, rules, facts }: PolicyDraft): boolean {
  const lists = [trust, deny, operators, facts].map(wordsIn)
  return rules.length > MOST_RULES || encodeURIComponent(JSON.stringify([...lists, rules])).length > MOST_POLICY
}

/** Facts as `name=value`, separated by spaces; undefined when something in them is not so. */
export function factsIn(text: string): Record<string, string> | undefined {
  const pairs = wordsIn(text).map((each) => /^([^=]{1,100})=(\d{1,30})$/.exec(each))
  return pairs.every((pair) => pair !== null)
    ? Object.fromEntries(pairs.map(([, name, value]) => [name!, value!]))
    : undefined
}

/** The accounts of a list; undefined when something in it is none. */
function accountsIn(text: string): Address[] | undefined {
  const accounts = wordsIn(text).map(accountOf)
  return accounts.every((each) => each !== undefined) ? accounts : undefined
}

function someOf<T>(list: readonly T[]): readonly T[] | undefined {
  return list.length === 0 ? undefined : list
}

function wordsIn(text: string): string[] {
  return text.split(/[\s,]+/).filter((each) => each !== '')
}

function isRules(text: string): boolean {
  if (text === '') return true
  try {
    parsePolicy({ version: 1, lineage: parseStrictJson(text, 'the rules on the lineage') })
    return true
  } catch {
    return false
  }
}

/** All of a policy that an address keeps, typed or read from a file. */
export function PolicyFields({ policy, set }: { policy: PolicyDraft; set: (policy: PolicyDraft) => void }) {
  const words = useWords()
  const { policy: own } = useWordsOf(modelWords)
  const id = useId()
  const [fault, setFault] = useState('')
  const [left, setLeft] = useState(false)
  const areas = [
    ['trust', words.model.trust, own.accounts],
    ['deny', own.deny, own.accounts],
    ['operators', own.operators, own.accounts],
    ['rules', own.rules, own.rulesHint],
    ['facts', own.facts, own.factsHint],
  ] as const
  const read = async (file: File): Promise<void> => {
    try {
      if (file.size > MOST_BYTES) throw new Error(own.invalid)
      const value = parseStrictJson(await file.text(), 'the policy')
      set(draftOfFile(value, policy))
      setFault('')
      setLeft(hasLeftOut(value))
    } catch (error) {
      setLeft(false)
      setFault(error instanceof Error ? plain(error.message, 300) : own.invalid)
    }
  }
  return (
    <details className="field policy">
      <summary>{own.title}</summary>
      <p className="hint">{own.hint}</p>
      {areas.map(([name, label, placeholder]) => (
        <div key={name} className="field">
          <label htmlFor={`${id}-${name}`}>{label}</label>
          <textarea
            id={`${id}-${name}`}
            rows={2}
            value={policy[name]}
            placeholder={placeholder}
            spellCheck={false}
            onChange={(event) => set({ ...policy, [name]: event.target.value })}
          />
        </div>
      ))}
      {isTooLong(policy) ? (
        <p className="invalid" role="alert">
          {own.tooLong}
        </p>
      ) : (
        !(isRules(policy.rules.trim()) && factsIn(policy.facts)) && (
          <p className="invalid" role="alert">
            {own.invalid}
          </p>
        )
      )}
      <fieldset>
        <legend>{own.fulfilled}</legend>
        {OBLIGATION_NAMES.map((each) => (
          <label key={each} className="check">
            <input
              type="checkbox"
              checked={policy.fulfilled.includes(each)}
              onChange={(event) =>
                set({
                  ...policy,
                  fulfilled: event.target.checked
                    ? [...policy.fulfilled, each]
                    : policy.fulfilled.filter((other) => other !== each),
                })
              }
            />{' '}
            {words.obligations[each]}
          </label>
        ))}
      </fieldset>
      <p className="actions">
        <FileButton text={own.file} accept=".json,application/json" onFile={(file) => void read(file)} />
      </p>
      {left && (
        <p className="hint" role="status">
          {own.left}
        </p>
      )}
      {fault !== '' && (
        <p className="invalid" role="alert">
          {fault}
        </p>
      )}
    </details>
  )
}

/** A policy file as a form shows it. What says nothing about an answer is left out. @throws `InvalidPolicyError` */
function draftOfFile(value: unknown, before: PolicyDraft): PolicyDraft {
  const { trustedPublishers, deniedPublishers, trustedOperators, fulfilled, lineage, facts } = parsePolicy(value)
  const rules = lineage && (value as { lineage: unknown }).lineage
  return {
    ...before,
    trust: (trustedPublishers ?? []).join(' '),
    deny: (deniedPublishers ?? []).join(' '),
    operators: (trustedOperators ?? []).join(' '),
    fulfilled: fulfilled ?? [],
    rules: rules === undefined ? '' : JSON.stringify(rules),
    facts: Object.entries(facts ?? {})
      .map(([name, fact]) => `${name}=${fact}`)
      .join(' '),
  }
}

/** Fields of a policy that say nothing about the answer for a model. */
const LEFT_OUT = ['checkpoints', 'guard', 'scan']

function hasLeftOut(policy: unknown): boolean {
  return LEFT_OUT.some((name) => Object.hasOwn(policy as object, name))
}
