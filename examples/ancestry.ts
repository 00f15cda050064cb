// What is a model made of, and may we use it? Usage: npx node -C source examples/ancestry.ts
import { findDeployment } from 'stemma/deployments'
import { connect, listAncestors, nodeProvider, resolveModel, verifyModel } from 'stemma/sdk'

const deployment = await findDeployment()
const ledger = await connect(nodeProvider(deployment.rpcUrl!, deployment), deployment)
const { model } = await resolveModel(ledger, { query: 'moonshotai/Kimi-K2.5' })
for (const { model: ancestor, path } of await listAncestors(ledger, { model })) console.log(path.length - 1, ancestor)
const facts = { 'monthlyRevenueUsd/product': 167_000_000n, 'monthlyActiveUsers/product': 1_000_000n }
const { verdict, obligations } = await verifyModel(ledger, { model, use: 'commercial', facts })
console.log(
  verdict,
  obligations.map(({ obligation }) => obligation),
)
