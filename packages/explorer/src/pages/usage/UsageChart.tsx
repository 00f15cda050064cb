import { useWordsOf } from '../../app/settings.tsx'
import { useFormats } from '../../ui/formats.ts'
import type { Checkpoint } from './LogPage.tsx'
import { usageWords } from './words.ts'

const WIDTH = 720
const HEIGHT = 160
const EDGE = 8

/** Calls over time as steps, beside the quota as a dashed line. The table below has the same numbers. */
export function UsageChart({ checkpoints, quota }: { checkpoints: readonly Checkpoint[]; quota: bigint }) {
  const own = useWordsOf(usageWords)
  const { number, dateTime } = useFormats()
  const points = checkpoints.toReversed().map(({ block, calls }) => ({ time: block.time, calls: Number(calls) }))
  const [first] = points
  const last = points.at(-1)
  if (!first || !last || points.length < 2) return null
  const top = Math.max(last.calls, Number(quota), 1)
  const x = (time: number): number =>
    EDGE + ((WIDTH - 2 * EDGE) * (time - first.time)) / Math.max(1, last.time - first.time)
  const y = (calls: number): number => HEIGHT - EDGE - ((HEIGHT - 2 * EDGE) * calls) / top
  const steps = points.map(({ time, calls }, index) =>
    index === 0 ? `M${x(time)} ${y(calls)}` : `H${x(time)}V${y(calls)}`,
  )
  return (
    <section aria-labelledby="chart">
      <h2 id="chart">{own.overTime}</h2>
      <figure className="usage-chart">
        <svg
          viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
          role="img"
          aria-label={own.chart(number(last.calls), quota === 0n ? own.all : number(quota))}
        >
          <path d={`M${EDGE} ${HEIGHT - EDGE}H${WIDTH - EDGE}`} className="axis" />
          {quota > 0n && <path d={`M${EDGE} ${y(Number(quota))}H${WIDTH - EDGE}`} className="quota-line" />}
          <path d={steps.join('')} className="steps" />
        </svg>
        <figcaption className="muted">
          {dateTime(first.time)} – {dateTime(last.time)} · {own.calls}: {number(last.calls)}
          {quota > 0n && ` · ${own.quotaLine} (┄): ${number(quota)}`}
        </figcaption>
      </figure>
    </section>
  )
}
