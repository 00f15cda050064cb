import { useWordsOf } from '../../app/settings.tsx'
import { useFormats } from '../../ui/formats.ts'
import type { Checkpoint } from './LogPage.tsx'
import { usageWords } from './words.ts'

const WIDTH = 720
const HEIGHT = 160

/** Calls over time as steps, beside the quota as a dashed line. The table below has the same numbers. */
export function UsageChart({ checkpoints, quota }: { checkpoints: readonly Checkpoint[]; quota: bigint }) {
  const own = useWordsOf(usageWords)
  const { number, dateTime } = useFormats()
  const points = checkpoints.toReversed().map(({ block, calls }) => ({ time: block.time, calls: Number(calls) }))
  const [first] = points
  const last = points.at(-1)
  if (!first || !last || points.length < 2) return null
  const top = roundUp(Math.max(last.calls, Number(quota)))
  const marks = [top, top / 2, 0]
  const x = (time: number): number => (WIDTH * (time - first.time)) / Math.max(1, last.time - first.time)
  const y = (calls: number): number => HEIGHT * (1 - calls / top)
  const steps = points.map(({ time, calls }, index) =>
    index === 0 ? `M${x(time)} ${y(calls)}` : `H${x(time)}V${y(calls)}`,
  )
  return (
    <section aria-labelledby="chart">
      <h2 id="chart">{own.overTime}</h2>
      <figure className="usage-chart">
        <p className="axis-name" aria-hidden="true">
          {own.calls}
        </p>
        <div className="plot">
          <div className="marks" aria-hidden="true">
            {marks.map((each) => (
              <span key={each}>{number(each)}</span>
            ))}
          </div>
          <svg
            viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
            preserveAspectRatio="none"
            role="img"
            aria-label={own.chart(number(last.calls), quota === 0n ? own.all : number(quota))}
          >
            {marks.map((each) => (
              <path key={each} d={`M0 ${y(each)}H${WIDTH}`} className="axis" />
            ))}
            {quota > 0n && <path d={`M0 ${y(Number(quota))}H${WIDTH}`} className="quota-line" />}
            <path d={steps.join('')} className="steps" />
          </svg>
          <div className="times" aria-hidden="true">
            <span>{dateTime(first.time)}</span>
            <span>{own.chainTime}</span>
            <span>{dateTime(last.time)}</span>
          </div>
        </div>
        <figcaption className="muted">
          {own.calls}: {number(last.calls)}
          {quota > 0n && ` · ${own.quotaLine} (┄): ${number(quota)}`}
        </figcaption>
      </figure>
    </section>
  )
}

/** The next number of two digits and zeros whose half is whole: a mark that can be read. */
function roundUp(value: number): number {
  const step = 2 * 10 ** Math.max(0, Math.floor(Math.log10(Math.max(1, value))) - 1)
  return Math.max(step, Math.ceil(value / step) * step)
}
