// A hook for React: may this model be used so? Give it a `publicClient` and a deployment that stay the same between renders.
import { useEffect, useState } from 'react'
import { openLedger, verifyModel, type Deployment, type ModelId, type Right } from 'stemma/sdk'
import type { Report } from 'stemma/verify'
import { viemRunner, type ViemClient } from 'stemma/viem'

export type Verdict = { report?: Report; error?: unknown }

export function useVerdict(publicClient: ViemClient, deployment: Deployment, model: ModelId, use: Right): Verdict {
  const [verdict, setVerdict] = useState<Verdict>({})
  useEffect(() => {
    let isCurrent = true
    const show = (next: Verdict): void => void (isCurrent && setVerdict(next))
    const ledger = openLedger(viemRunner({ public: publicClient }, deployment), deployment)
    show({})
    verifyModel(ledger, { model, use }).then(
      (report) => show({ report }),
      (error: unknown) => show({ error }),
    )
    return () => void (isCurrent = false)
  }, [publicClient, deployment, model, use])
  return verdict
}
