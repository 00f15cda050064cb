/* Scores a share of a run's models: `scorePart.ts WORK PAIRS PART`, where PART is such as 0/2. The bench starts this. */
import { baseNames, suspectsOf } from './recipe.ts'
import { openBases, readScores, scoreSuspects } from './scores.ts'

const [work = '', pairs = '', share = ''] = process.argv.slice(2)
const [part = 0, parts = 1] = share.split('/').map(Number)
const { bases, twins } = baseNames(Number(pairs))
const done = new Set(readScores(work).map(({ suspect }) => suspect))
const suspects = suspectsOf(work, Number(pairs)).filter(({ name }, index) => index % parts === part && !done.has(name))
if (suspects.length > 0)
  await scoreSuspects({ work, part: String(part) }, suspects, await openBases(work, [...bases, ...twins]))
