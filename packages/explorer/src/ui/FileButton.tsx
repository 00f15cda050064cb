/** A button that opens a file of the reader. The same file can be chosen again. */
export function FileButton({
  text,
  accept,
  isDisabled = false,
  onFile,
}: {
  text: string
  accept?: string
  isDisabled?: boolean
  onFile: (file: File) => void
}) {
  return (
    <label className="button">
      {text}
      <input
        type="file"
        className="visually-hidden"
        accept={accept}
        disabled={isDisabled}
        onChange={({ target }) => {
          const file = target.files?.[0]
          target.value = ''
          if (file) onFile(file)
        }}
      />
    </label>
  )
}
