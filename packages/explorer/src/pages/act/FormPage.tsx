import { useQuery } from '@tanstack/react-query'
import { Link, useParams, useSearch } from '@tanstack/react-router'
import { useEffect, useMemo, useRef, useState } from 'react'
import type { Address, Deployment } from 'stemma/core'

import { useDeployment } from '../../api/deployment.ts'
import { useStatus } from '../../api/queries.ts'
import { useWordsOf } from '../../app/settings.tsx'
import { Failure, FullId, ModelLink, Name, Title } from '../../ui/parts.tsx'
import { ACT_TITLES } from '../../ui/actTitles.ts'
import { nameOf } from '../../ui/names.ts'
import { plain } from '../../ui/plain.ts'
import { NotFoundPage } from '../NotFoundPage.tsx'
import { DraftPanel } from './DraftPanel.tsx'
import { controlOf, FormField } from './Fields.tsx'
import { FailureNotice } from './FailureNotice.tsx'
import type { Form, Hindrance, Known } from './form.ts'
import { formNamed } from './forms/index.ts'
import { OutcomePanel } from './Outcome.tsx'
import { Reader, type Values } from './reader.ts'
import { ReviewPanel } from './ReviewPanel.tsx'
import { useSession } from './session.ts'
import { useAction, type Step } from './useAction.ts'
import { useKnown } from './useKnown.ts'
import { prefillOf, useValues } from './useValues.ts'
import { WalletPanel } from './WalletPanel.tsx'
import { words } from './words.ts'
import './act.css'

export function FormPage() {
  const { form: name } = useParams({ from: '/act/$form' })
  const search = useSearch({ from: '/act/$form' })
  const form = formNamed(name)
  if (!form) return <NotFoundPage />
  return <Page form={form} search={search} key={`${name} ${JSON.stringify(search)}`} />
}

function Page({ form, search }: { form: Form; search: Readonly<Record<string, unknown>> }) {
  const act = useWordsOf(words)
  const titles = useWordsOf(ACT_TITLES)
  const prefill = useMemo(() => prefillOf(form, search), [form, search])
  const { values, set, clear } = useValues(form, prefill)
  const session = useSession()
  const { account, wallet } = session
  const { deployment, problem } = useChecked()
  const place = `stemma-act ${form.name} ${JSON.stringify(prefill)}`
  const { step, start, resume, back, again } = useAction(place, session, deployment)
  const known = useKnown(form, values, account)
  const all = useMemo(() => withDefaults(form, values, known), [form, known, values])
  const hindrance = useHindrance(form, known, all, { session, deployment })
  const [errors, setErrors] = useState<ReadonlyMap<string, string>>(new Map())
  const [unread, setUnread] = useState<unknown>()

  const check = async (): Promise<void> => {
    const reader = new Reader(all, act.errors)
    setUnread(undefined)
    try {
      const intent = await form.read(reader, { account, known })
      setErrors(reader.errors)
      if (reader.errors.size === 0) start(intent)
    } catch (error) {
      // A part of the page is not there, or the index is away.
      setUnread(error)
    }
  }
  const isReady = account !== undefined && deployment && String(session.chainId) === String(deployment.chainId)
  const isOpen = step.at === 'form' || step.at === 'checking'
  return (
    <>
      <Title text={titles[form.name]} />
      <header className="page-head">
        <p className="eyebrow">
          <Link to="/act">{act.all}</Link>
        </p>
        <h1>{titles[form.name]}</h1>
        <p className="muted">{act.leads[form.name]}</p>
        {search.at !== undefined && <p className="notice">{act.pinned}</p>}
      </header>
      <WalletPanel session={session} deployment={deployment} />
      {problem && <p className="notice failure">{act.deployment[problem]}</p>}
      {step.at !== 'done' && <Subject known={known} />}
      <Progress
        step={step}
        wallet={wallet?.name ?? ''}
        back={back}
        again={() => {
          clear()
          again()
        }}
        resume={resume}
      />
      {isOpen && (
        <form
          className="act-form"
          noValidate
          onSubmit={(event) => {
            event.preventDefault()
            void check()
          }}
        >
          <Errors errors={errors} />
          {form.fields
            .filter(({ when }) => when?.(all) ?? true)
            .map((field) => (
              <FormField
                key={field.name}
                field={field}
                values={all}
                known={known}
                error={errors.get(field.name)}
                set={set}
              />
            ))}
          {form.name === 'register' && <DraftPanel values={all} errors={errors} set={set} />}
          {hindrance && <HindranceNotice hindrance={hindrance} />}
          {unread !== undefined && <Failure error={unread} />}
          <p className="actions">
            <button type="submit" className="primary" disabled={!isReady || step.at === 'checking'}>
              {act.check}
            </button>
            <button type="button" onClick={clear}>
              {act.emptyForm}
            </button>
          </p>
        </form>
      )}
    </>
  )
}

/** What the form holds, with what counts where nothing was typed: first choices, and the digest of the model that a scan is about. */
function withDefaults(form: Form, values: Values, { model }: Known): Values {
  const chosen = form.fields.flatMap(({ name, choices, must }) =>
    choices && !must ? [[name, choices[0]!] as const] : [],
  )
  return {
    ...Object.fromEntries(chosen),
    ...(form.name === 'scan' && model && { weights: model.weights }),
    ...values,
  }
}

/** The deployment, where it is that of the ledger that the page shows. */
function useChecked(): { deployment?: Deployment; problem?: 'missing' | 'other' } {
  const { data } = useDeployment()
  const { data: status } = useStatus()
  if (data === null) return { problem: 'missing' }
  if (!data || !status) return {}
  const isSame = data.contracts.ledger === status.contract && String(data.chainId) === String(status.chainId)
  return isSame ? { deployment: data } : { problem: 'other' }
}

type Place = { session: ReturnType<typeof useSession>; deployment: Deployment | null | undefined }

/** Why the account may not do it: by the index, and for scanners by the wallet's node. */
function useHindrance(
  form: Form,
  known: Known,
  values: Values,
  { session: { account, wallet, chainId }, deployment }: Place,
): Hindrance | undefined {
  const isAsked =
    form.name === 'scan' && wallet && account && deployment && String(chainId) === String(deployment.chainId)
  const scanner = useQuery({
    queryKey: ['act', 'scanner', wallet?.rdns, account, String(chainId)],
    queryFn: async () => (await import('./flow.ts')).isScanner(wallet!.provider, deployment!, account!),
    enabled: Boolean(isAsked),
    retry: false,
  })
  if (isAsked && scanner.data === false) return { kind: 'not-scanner' }
  return account && form.hindrance?.(known, account, values)
}

function HindranceNotice({ hindrance }: { hindrance: Hindrance }) {
  const act = useWordsOf(words)
  const reason = act.hindrances[hindrance.kind] as (who: string, scope: string) => string
  const { who, scope } = { who: '', scope: '', ...hindrance }
  return (
    <p className="notice" role="status" data-hindrance={hindrance.kind}>
      {reason(who, scope)}
    </p>
  )
}

/** What is wrong with the fields, each with a way to it. */
function Errors({ errors }: { errors: ReadonlyMap<string, string> }) {
  const act = useWordsOf(words)
  const list = useRef<HTMLDivElement>(null)
  useEffect(() => {
    if (errors.size > 0) list.current?.focus()
  }, [errors])
  if (errors.size === 0) return null
  return (
    <div className="notice failure" role="alert" tabIndex={-1} ref={list}>
      <p>{act.errors.summary}</p>
      <ul>
        {[...errors].map(([name, text]) => (
          <li key={name}>
            <button type="button" className="link" onClick={() => document.getElementById(controlOf(name))?.focus()}>
              {(act.fields as Record<string, { label: string }>)[name]?.label ?? plain(name, 120)}
            </button>
            : {text}
          </li>
        ))}
      </ul>
    </div>
  )
}

/** What the form is about, as the index knows it. */
function Subject({
  known: { model, credential, claim, publisher, isUnknown },
}: {
  known: ReturnType<typeof useKnown>
}) {
  const act = useWordsOf(words)
  if (isUnknown) return <p className="notice">{act.subject.unknown}</p>
  if (!model && !credential && !claim) return null
  return (
    <dl className="record subject">
      {model && (
        <div>
          <dt>{act.subject.model}</dt>
          <dd>
            <ModelLink id={model.id} name={nameOf(model)} at={undefined} />
          </dd>
        </div>
      )}
      {credential && (
        <div>
          <dt>{act.subject.credential}</dt>
          <dd>
            <Name text={credential.tier.name} /> · <Name text={credential.model.name} id={credential.model.id} />{' '}
            <FullId value={credential.holder} />
          </dd>
        </div>
      )}
      {claim && (
        <div>
          <dt>{act.subject.claim}</dt>
          <dd>
            {act.claimStates[claim.state]} · {act.fields.parent.label}{' '}
            <ModelLink id={claim.parent.id} name={claim.parent.name} at={undefined} />
          </dd>
        </div>
      )}
      {publisher && (
        <div>
          <dt>{act.subject.publisher}</dt>
          <dd>
            {publisher.domain && <Name text={publisher.domain} />} <FullId value={publisher.address as Address} />
          </dd>
        </div>
      )}
    </dl>
  )
}

function Progress({
  step,
  wallet,
  back,
  again,
  resume,
}: {
  step: Step
  wallet: string
  back: () => void
  again: () => void
  resume: ReturnType<typeof useAction>['resume']
}) {
  const act = useWordsOf(words)
  if (step.at === 'form') return step.failure ? <FailureNotice failure={step.failure} resume={resume} /> : null
  if (step.at === 'review') return <ReviewPanel asked={step.asked} wallet={wallet} go={step.go} back={back} />
  if (step.at === 'done') return <OutcomePanel outcome={step.outcome} again={again} />
  return (
    <div className="notice working" role="status">
      <p>{step.at === 'checking' ? act.checking : step.at === 'wallet' ? act.asked(wallet) : act.sent}</p>
      {step.at !== 'sent' && (
        <button type="button" onClick={back}>
          {act.review.back}
        </button>
      )}
      {step.at === 'sent' && (
        <>
          {step.isResumed && <p>{act.resume}</p>}
          <p>
            {act.transaction} <FullId value={step.replacement ?? step.sent.transaction} />
          </p>
          {step.replacement && <p className="muted">{act.replacedBy}</p>}
          <button type="button" onClick={back}>
            {act.stop}
          </button>
        </>
      )}
    </div>
  )
}
