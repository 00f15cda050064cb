import type { HeldInode } from './holdJournal.ts'
import type { GuardedModel } from './ports.ts'

/** What can still be done with a model after it was held, a sentence each. */
export function remainsOf(
  { place }: Pick<GuardedModel, 'place'>,
  how: 'mode' | 'moved' | 'untouched',
  files: readonly HeldInode[],
): string[] {
  if (how === 'untouched') {
    const whose =
      place === 'foreign'
        ? 'The files belong to another user'
        : 'The files are in a store that programs share: a file that is missing there would be downloaded again'
    return [
      `${whose}, so nothing was touched. Only this start is refused.`,
      'Every program that is started without the guard can read and load them.',
    ]
  }
  const linked = files.filter(({ links }) => links > 1).length
  return [
    process.geteuid?.() === 0
      ? 'This user is root, and root reads files without permissions: only starts through the guard are refused.'
      : 'Root can still read the files, and so can a program of yours that sets their permissions.',
    'Programs that have a file open, or mapped into memory, keep it.',
    'Copies and clones of the files are not held. A server of a network file system may not obey the permissions.',
    ...(linked === 0
      ? []
      : [
          `${linked} of the files have other names (hard links), which lost their permissions too: they belong to the file.`,
        ]),
  ]
}
