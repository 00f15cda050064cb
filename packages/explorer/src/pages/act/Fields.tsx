import { useState } from 'react'
import { RIGHT_NAMES } from 'stemma/core'

import { useWords, useWordsOf } from '../../app/settings.tsx'
import { FileButton } from '../../ui/FileButton.tsx'
import { plain } from '../../ui/plain.ts'
import type { Field, Known } from './form.ts'
import type { Values } from './reader.ts'
import { words } from './words.ts'

/** Most bytes of a file that is read into a field. */
const MOST_FILE = 1_000_000

type Props = {
  field: Field
  values: Values
  known: Known
  error: string | undefined
  set: (name: string, value: string) => void
}

/** The id of the control of a field, which the list of errors leads to. */
export function controlOf(name: string): string {
  return `field-${name.replaceAll(/\W/g, '-')}`
}

/** A field with its label, its hint and what is wrong with it. */
export function FormField(props: Props) {
  const { field, error } = props
  const act = useWordsOf(words)
  const { label, hint } = act.fields[field.name] as { label: string; hint?: string }
  const id = controlOf(field.name)
  const described = [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(' ')
  const control = { id, ...(described && { 'aria-describedby': described }), ...(error && { 'aria-invalid': true }) }
  if (field.kind === 'check') return <Check {...props} control={control} label={label} />
  if (field.kind === 'rights') return <Rights {...props} label={label} />
  return (
    <div className="field">
      <label htmlFor={id}>
        {label} {field.optional && <span className="tag">{act.optional}</span>}
      </label>
      <Control {...props} control={control} />
      {hint && (
        <p className="hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
      {error && (
        <p className="invalid" id={`${id}-error`}>
          {error}
        </p>
      )}
    </div>
  )
}

type ControlProps = Props & { control: object }

function Control(props: ControlProps) {
  const { field, values, known, control, set } = props
  const { name, kind } = field
  const value = values[name] ?? ''
  const onChange = (event: { target: { value: string } }): void => set(name, event.target.value)
  if (kind === 'document') return <Document {...props} />
  if (kind === 'choice') return <Choice {...props} />
  if (kind === 'tier' && known.model && known.model.tiers.length > 0) return <Tiers {...props} />
  if (kind === 'lines') return <textarea {...control} rows={3} value={value} onChange={onChange} />
  const type = kind === 'time' ? 'datetime-local' : 'text'
  return (
    <input
      {...control}
      type={type}
      value={value}
      onChange={onChange}
      autoComplete="off"
      spellCheck={false}
      {...(kind === 'number' && { inputMode: 'decimal' as const })}
    />
  )
}

function Choice({ field: { name, choices = [], must }, values, control, set }: ControlProps) {
  const act = useWordsOf(words)
  const { relations } = useWords()
  return (
    <select {...control} value={values[name] ?? ''} onChange={(event) => set(name, event.target.value)}>
      {must && <option value="">{act.chooseOne}</option>}
      {choices.map((each) => (
        <option key={each} value={each}>
          {act.choices[each] ?? relations[each] ?? each}
        </option>
      ))}
    </select>
  )
}

function Tiers({ field: { name }, values, known, control, set }: ControlProps) {
  const act = useWordsOf(words)
  const value = values[name] ?? ''
  const tiers = known.model?.tiers ?? []
  return (
    <select {...control} value={value} onChange={(event) => set(name, event.target.value)}>
      <option value="">{act.tiers.choose}</option>
      {tiers.map((tier) => (
        <option key={tier.id} value={tier.id}>
          {plain(tier.name, 64)} ·{' '}
          {tier.withdrawn ? act.tiers.withdrawn : tier.open ? act.tiers.open : act.tiers.granted}
        </option>
      ))}
      {value !== '' && tiers.every(({ id }) => id !== value) && <option value={value}>{plain(value, 70)}</option>}
    </select>
  )
}

/** A document: pasted, dropped, or chosen. It is read in this browser. */
function Document({ field: { name }, values, control, set }: ControlProps) {
  const act = useWordsOf(words)
  const [isTooLarge, setTooLarge] = useState(false)
  const read = (file: File | undefined): void => {
    if (!file) return
    setTooLarge(file.size > MOST_FILE)
    if (file.size <= MOST_FILE) void file.text().then((text) => set(name, text))
  }
  return (
    <div className="document">
      <textarea
        {...control}
        rows={6}
        spellCheck={false}
        value={values[name] ?? ''}
        onChange={(event) => set(name, event.target.value.slice(0, MOST_FILE))}
        onDragOver={(event) => event.preventDefault()}
        onDrop={(event) => {
          if (event.dataTransfer.files.length === 0) return
          event.preventDefault()
          read(event.dataTransfer.files[0])
        }}
      />
      <FileButton text={act.drop} onFile={read} />
      {isTooLarge && (
        <p className="invalid" role="alert">
          {act.errors.file(String(MOST_FILE))}
        </p>
      )}
    </div>
  )
}

function Check({ field: { name }, values, control, label, set }: ControlProps & { label: string }) {
  return (
    <label className="check">
      <input
        {...control}
        type="checkbox"
        checked={values[name] === 'yes'}
        onChange={(event) => set(name, event.target.checked ? 'yes' : '')}
      />{' '}
      {label}
    </label>
  )
}

function Rights({ field: { name }, values, label, set }: Props & { label: string }) {
  const { uses } = useWords()
  const chosen = new Set((values[name] ?? '').split(' ').filter(Boolean))
  return (
    <fieldset className="rights">
      <legend>{label}</legend>
      <div>
        {RIGHT_NAMES.map((right) => (
          <label className="check" key={right}>
            <input
              type="checkbox"
              checked={chosen.has(right)}
              onChange={(event) => {
                const next = RIGHT_NAMES.filter((each) => (each === right ? event.target.checked : chosen.has(each)))
                set(name, next.join(' '))
              }}
            />{' '}
            {uses[right]}
          </label>
        ))}
      </div>
    </fieldset>
  )
}
