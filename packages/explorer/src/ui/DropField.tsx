import { useEffect, useState, type ChangeEvent, type DragEvent } from 'react'

import { droppedBy, type Dropped } from '../app/dropped.ts'
import { useWords } from '../app/settings.tsx'

/** A field that takes files or a folder, dropped or chosen. It reads none of them. */
export function DropField({ onDropped }: { onDropped: (dropped: Dropped) => void }) {
  const words = useWords().drop
  const [isOver, setOver] = useState(false)
  useEffect(() => {
    // A file that is dropped beside the field must not replace the page.
    const stay = (event: Event): void => event.preventDefault()
    const events = ['dragover', 'drop']
    for (const name of events) window.addEventListener(name, stay)
    return () => events.forEach((name) => window.removeEventListener(name, stay))
  }, [])
  const drop = (event: DragEvent): void => {
    event.preventDefault()
    setOver(false)
    const dropped = droppedBy(event.dataTransfer)
    if (dropped.entries.length + dropped.files.length > 0) onDropped(dropped)
  }
  const choose = ({ target }: ChangeEvent<HTMLInputElement>): void => {
    const files = [...(target.files ?? [])]
    target.value = ''
    if (files.length > 0) onDropped({ entries: [], files })
  }
  return (
    <div
      className={isOver ? 'drop over' : 'drop'}
      onDragOver={(event) => {
        event.preventDefault()
        setOver(true)
      }}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
    >
      <p>
        <strong>{words.title}</strong>
      </p>
      <p className="actions">
        <label className="button">
          {words.files}
          <input type="file" multiple className="visually-hidden" onChange={choose} />
        </label>
        <label className="button">
          {words.folder}
          <input
            type="file"
            multiple
            className="visually-hidden"
            onChange={choose}
            ref={(input) => input?.setAttribute('webkitdirectory', '')}
          />
        </label>
      </p>
      <p className="hint">{words.hint}</p>
    </div>
  )
}
