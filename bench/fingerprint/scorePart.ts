/* Scores a share of a run's models: `scorePart.ts WORK PAIRS PART`, where PART is such as 0/2. The bench starts this. */
import { baseNames, suspectsOf } from './recipe.ts'
import { openBases, scoreSuspects } from './scores.ts'

const [work = '', pairs = '', share = ''] = process.argv.slice(2)
const [part = 0, parts = 1] = share.split('/').map(Number)
const { bases, twins } = baseNames(Number(pairs))
const suspects = suspectsOf(work, Number(pairs)).filter((_, index) => index % parts === part)
await scoreSuspects({ work, part: String(part) }, suspects, await openBases(work, [...bases, ...twins]))
