import { quoted } from '../../../core/text.ts'
import type { Content, FormatReader } from '../../ports.ts'
import { baseNameOf, hasMagic, looksLikeText, textOf } from './content.ts'

const NATIVE = /\.(so(\.\d+)*|dll|pyd|dylib|exe|com|scr|msi|node|ko|a|elf|apk|jar|class|wasm|pyc|pyo|whl|egg|deb|rpm)$/
const SCRIPT =
  /\.(py|pyw|pyx|sh|bash|zsh|fish|ksh|bat|cmd|ps1|psm1|vbs|js|mjs|cjs|ts|rb|pl|php|lua|r|jl|cu|c|cc|cpp|rs|go|java|scpt|applescript|hta|wsf|command)$/
/** Files that Python, its tools or serving programs run by their names alone. */
const STARTED =
  /^(sitecustomize|usercustomize|conftest|handler|inference|hubconf|model_handler|custom_handler|predict_handler|preprocess_handler|entrypoint|entry_point)\.py$|^(makefile|dockerfile|\.envrc|\.gitattributes\.sh|autorun\.inf|desktop\.ini|\.bashrc|\.profile|\.zshrc)$|^\.?pre-commit$/
const REQUIREMENTS =
  /^(requirements[\w.-]*\.txt|constraints[\w.-]*\.txt|conda\.ya?ml|environment\.ya?ml|python_env\.ya?ml|pyproject\.toml|setup\.cfg|pipfile(\.lock)?|poetry\.lock)$/
/** Beginnings of native programs. */
const MAGICS: readonly (readonly [magic: string, what: string])[] = [
  ['\x7fELF', 'an ELF program or library'],
  ['\xfe\xed\xfa\xce', 'a Mach-O program or library'],
  ['\xfe\xed\xfa\xcf', 'a Mach-O program or library'],
  ['\xcf\xfa\xed\xfe', 'a Mach-O program or library'],
  ['\xce\xfa\xed\xfe', 'a Mach-O program or library'],
  ['\xca\xfe\xba\xbe\x00', 'a Mach-O library or a Java class'],
  ['\0asm', 'a WebAssembly module'],
  ['dex\n', 'an Android program'],
  ['!<arch>\n', 'a static library'],
]

/** The names and beginnings that decide; part of the digest of the ruleset. */
export const SCRIPT_SETTINGS = {
  native: NATIVE.source,
  script: SCRIPT.source,
  started: STARTED.source,
  requirements: REQUIREMENTS.source,
  magics: MAGICS,
}

/** Judges programs, libraries and scripts: native ones by their content, scripts by name or by `#!`. */
export const readScript: FormatReader = (content, judge) => {
  const name = baseNameOf(content)
  const native = nativeOf(content, name)
  if (native !== null) {
    judge.found({ rule: 'code.native', what: `${quoted(name)} is ${native}` })
    return true
  }
  if (STARTED.test(name)) judge.found({ rule: 'code.started', what: quoted(name) })
  else if (SCRIPT.test(name) || isShebang(content)) judge.found({ rule: 'code.script', what: quoted(name) })
  else if (name.endsWith('.ipynb')) judge.found({ rule: 'code.notebook', what: quoted(name) })
  else if (REQUIREMENTS.test(name)) return requirements(content, judge, name)
  else if (name.endsWith('.pth') && content.size < 65_536 && looksLikeText(content))
    return pathFile(content, judge, name)
  else return false
  return true
}

function nativeOf(content: Content, name: string): string | null {
  const magic = MAGICS.find(([each]) => hasMagic(content, 0, each))
  if (magic !== undefined) return magic[1]
  if (isWindows(content)) return 'a Windows program or library'
  if (isBytecode(content)) return 'compiled Python'
  return NATIVE.test(name) ? 'a program or library by its name' : null
}

function isWindows(content: Content): boolean {
  if (content.size < 64 || !hasMagic(content, 0, 'MZ')) return false
  const head = content.read(0, 64)
  const at = new DataView(head.buffer, head.byteOffset, 64).getUint32(60, true)
  return at < content.size && hasMagic(content, at, 'PE\0\0')
}

/** Whether the content begins as compiled Python 3 does: a version, CR and LF, flags, and a marshalled code object. */
function isBytecode(content: Content): boolean {
  if (content.size < 17) return false
  const head = content.read(0, 17)
  const version = head[0]! + head[1]! * 256
  return (
    head[2] === 0x0d &&
    head[3] === 0x0a &&
    version > 3000 &&
    version < 4500 &&
    (head[16] === 0xe3 || head[16] === 0x63 || head[12] === 0xe3)
  )
}

function isShebang(content: Content): boolean {
  return (
    hasMagic(content, 0, '#!') &&
    /^#!\s*\/?[\w./ -]+/.test(new TextDecoder().decode(content.read(0, Math.min(64, content.size))))
  )
}

/** A `.pth` file of text is a path file: Python runs its lines that begin with `import`. */
function pathFile(content: Content, judge: Parameters<FormatReader>[1], name: string): boolean {
  if (!/^import[\s(]/m.test(textOf(content, 65_536) ?? '')) return false
  judge.found({ rule: 'code.started', what: `${quoted(name)} has lines that Python runs at its start` })
  return true
}

function requirements(content: Content, judge: Parameters<FormatReader>[1], name: string): boolean {
  const text = textOf(content, 1024 * 1024) ?? ''
  const foreign =
    /^\s*-?\s*["']?(--(extra-)?index-url|--find-links|-i\s|-f\s|-e\s|\S+\s*@\s*\w|git\+|https?:|file:|\.{0,2}\/)/m.exec(
      text,
    )?.[0]
  const what =
    foreign === undefined ? quoted(name) : `${quoted(name)} takes packages from elsewhere: ${quoted(foreign.trim())}`
  judge.found({ rule: 'code.requirements', what, level: foreign === undefined ? undefined : 'warn' })
  return !/\.ya?ml$/.test(name)
}
