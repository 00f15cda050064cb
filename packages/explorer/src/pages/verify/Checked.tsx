import { useWordsOf } from '../../app/settings.tsx'
import { verifyWords } from './words.ts'

/** What was checked, and what was not. */
export function Checked({ checked, unchecked }: { checked: readonly string[]; unchecked: readonly string[] }) {
  const words = useWordsOf(verifyWords)
  return (
    <section className="checked" aria-label={`${words.checkedTitle} / ${words.uncheckedTitle}`}>
      <div>
        <h3>{words.checkedTitle}</h3>
        <ul>
          {checked.map((each) => (
            <li key={each}>{each}</li>
          ))}
        </ul>
      </div>
      <div>
        <h3>{words.uncheckedTitle}</h3>
        <ul>
          {unchecked.map((each) => (
            <li key={each}>{each}</li>
          ))}
        </ul>
      </div>
    </section>
  )
}
