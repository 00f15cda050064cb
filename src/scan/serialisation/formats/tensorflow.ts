import { quoted } from '../../../core/text.ts'
import type { Content, FormatReader } from '../../ports.ts'
import { baseNameOf, hasMagic, leavesFolder } from './content.ts'
import { FindingLimit } from './findingLimit.ts'
import { WireFault, WireReader, type Span } from './wire.ts'

/** Operations that run code of the host, by the start of their names. */
export const CODE_OPERATIONS = [
  'PyFunc',
  'PyFuncStateless',
  'EagerPyFunc',
  'NumpyFunction',
  'ShellExecute',
  'ExecuteShell',
  'System',
  'LoadLibrary',
  'LoadOpLibrary',
  'XlaCustomCall',
  'XlaHostCompute',
  'XlaCustomCallV2',
  'GeneratorDataset',
] as const
/** Operations that read or write files or reach the network. */
export const FILE_OPERATIONS = [
  'ReadFile',
  'WriteFile',
  'MatchingFiles',
  'MatchingFilesDataset',
  'ImmutableConst',
  'LoadAndRemapMatrix',
  'TextFileReader',
  'TextFileReaderV2',
  'WholeFileReader',
  'WholeFileReaderV2',
  'FixedLengthRecordReader',
  'FixedLengthRecordReaderV2',
  'TFRecordReader',
  'TFRecordReaderV2',
  'LMDBReader',
  'IdentityReader',
  'IdentityReaderV2',
  'ReaderRead',
  'ReaderReadV2',
  'ReaderReadUpTo',
  'TextLineDataset',
  'TFRecordDataset',
  'TFRecordDatasetV2',
  'FixedLengthRecordDataset',
  'FixedLengthRecordDatasetV2',
  'LMDBDataset',
  'SqlDataset',
  'CSVDataset',
  'CSVDatasetV2',
  'DatasetToTFRecord',
  'SaveDataset',
  'SaveDatasetV2',
  'LoadDataset',
  'SnapshotDataset',
  'SnapshotDatasetV2',
  'SnapshotDatasetReader',
  'SnapshotNestedDatasetReader',
  'CreateSummaryFileWriter',
  'CreateSummaryDbWriter',
  'WriteRawProtoSummary',
  'WriteGraphSummary',
  'ImportEvent',
  'FileSystemSetConfiguration',
  'Rpc',
  'TryRpc',
  'RpcCall',
  'RpcClient',
  'RpcServer',
  'RpcServerStart',
  'RegisterDataset',
  'RegisterDatasetV2',
  'DataServiceDataset',
  'DataServiceDatasetV2',
  'DataServiceDatasetV3',
  'DataServiceDatasetV4',
  'CopyFile',
  'DeleteFile',
  'RenameFile',
  'FileExists',
  'CheckpointDeleteFiles',
  'GenerateVocabRemapping',
  'BigQueryReader',
  'CollectiveBcastSend',
  'IO>FileInfo',
  'IO>FileRead',
  'IO>HttpRead',
] as const
/** Operations that every SavedModel has, and that are judged by the paths that they are given. */
export const SAVING =
  /^(Save|SaveV2|SaveSlices|Restore|RestoreV2|RestoreSlice|MergeV2Checkpoints|ShardedFilename|ShardedFilespec|InitializeTableFromTextFile(V2)?|InitializeTableFromDataset)$/
export const DEBUG = /^(Debug\w*|PrintV2|Print|Copy|CopyHost)$/
/** Most operations that are judged. */
export const MAX_NODES = 2_000_000

/** Judges protobuf files of TensorFlow (SavedModel, MetaGraphDef, GraphDef) by their operations, in functions too. */
export const readTensorFlow: FormatReader = (content, judge) => {
  const reader = new WireReader(content)
  const name = baseNameOf(content)
  const byName = /\.(pb|meta|graphdef)$/.test(name)
  const shape = content.size < 2 ? null : shapeOf(reader)
  if (shape === null) {
    if (name === 'fingerprint.pb' && isNumbers(reader)) return true
    if (/\.pb(txt)?$/.test(name))
      judge.found({ rule: 'tensorflow.broken', what: `${quoted(name)} is not a model in protobuf that is known` })
    return /\.pb(txt)?$/.test(name)
  }
  const walk = new Walk(reader, new FindingLimit(judge))
  try {
    walk[shape](reader.all)
  } catch (error) {
    if (!(error instanceof WireFault)) throw error
    if (byName || walk.nodes > 0)
      judge.found({ rule: 'tensorflow.broken', what: 'The file breaks off within a message' })
  }
  walk.end()
  return byName || walk.nodes > 0
}

type Shape = 'savedModel' | 'metaGraph' | 'graph'

/** What the fields at the top, and below them, say the file is. */
function shapeOf(reader: WireReader): Shape | null {
  const span = reader.all
  if (isGraph(reader, span)) return 'graph'
  if (hasInside(reader, span, 2, (inner) => hasInside(reader, inner, 2, (graph) => isGraph(reader, graph))))
    return 'savedModel'
  return hasInside(reader, span, 2, (inner) => isGraph(reader, inner)) ? 'metaGraph' : null
}

/** Whether the fields of a message are numbers only, as those of the fingerprint of a SavedModel are. */
function isNumbers(reader: WireReader): boolean {
  try {
    return [...reader.fields(reader.all)].every(({ number, wire }) => wire !== 2 || number === 7 || number === 6)
  } catch (error) {
    if (error instanceof WireFault) return false
    throw error
  }
}

/** Whether a message begins as a graph does: with a node of a name and an operation, or a library of functions that has some. */
function isGraph(reader: WireReader, span: Span): boolean {
  return (
    hasInside(reader, span, 1, (node) => isNode(reader, node)) ||
    hasInside(reader, span, 2, (library) =>
      hasInside(reader, library, 1, (made) => hasInside(reader, made, 3, (node) => isNode(reader, node))),
    )
  )
}

function isNode(reader: WireReader, span: Span): boolean {
  try {
    for (const field of reader.fields(span)) {
      if (field.wire !== 2 || field.number > 7) return false
      if (field.number === 2)
        return field.length > 0 && field.length < 200 && /^[A-Za-z_][\w>.]*$/.test(reader.text(field))
    }
  } catch (error) {
    if (!(error instanceof WireFault)) throw error
  }
  return false
}

/** Whether one of the first fields of a number holds what is asked for. */
function hasInside(reader: WireReader, span: Span, number: number, holds: (inner: Span) => boolean): boolean {
  let tries = 0
  try {
    for (const field of reader.fields(span)) {
      if (field.number !== number || field.wire !== 2) {
        if (++tries > 64) return false
        continue
      }
      if (holds(field)) return true
      if (++tries > 8) return false
    }
  } catch (error) {
    if (!(error instanceof WireFault)) throw error
  }
  return false
}

class Walk {
  nodes = 0
  readonly #reader: WireReader
  readonly #limit: FindingLimit

  constructor(reader: WireReader, limit: FindingLimit) {
    this.#reader = reader
    this.#limit = limit
  }

  savedModel(span: Span): void {
    for (const field of this.#reader.fields(span)) if (field.number === 2 && field.wire === 2) this.metaGraph(field)
  }

  metaGraph(span: Span): void {
    for (const field of this.#reader.fields(span)) if (field.number === 2 && field.wire === 2) this.graph(field)
  }

  graph(span: Span): void {
    for (const field of this.#reader.fields(span)) {
      if (field.number === 1 && field.wire === 2) this.#node(field)
      else if (field.number === 2 && field.wire === 2) this.#library(field)
    }
  }

  end(): void {
    if (this.nodes > MAX_NODES)
      this.#limit.found({ rule: 'tensorflow.broken', what: `More than ${MAX_NODES} operations` })
    this.#limit.end()
  }

  #library(span: Span): void {
    for (const made of this.#reader.fields(span))
      if (made.number === 1) for (const field of this.#reader.fields(made)) if (field.number === 3) this.#node(field)
  }

  #node(span: Span): void {
    if (++this.nodes > MAX_NODES) return
    let name = ''
    let operation = ''
    const attributes: Span[] = []
    for (const field of this.#reader.fields(span)) {
      if (field.number === 1) name = this.#reader.text(field)
      else if (field.number === 2) operation = this.#reader.text(field)
      else if (field.number === 5) attributes.push(field)
    }
    this.#judge(operation, name, attributes, span.offset)
  }

  #judge(operation: string, name: string, attributes: readonly Span[], offset: number): void {
    const what = `Operation ${quoted(operation)} in node ${quoted(name)}`
    const bare = operation.replace(/^_+/, '')
    if ((CODE_OPERATIONS as readonly string[]).includes(bare))
      this.#limit.found({ rule: 'tensorflow.code', what, offset })
    else if ((FILE_OPERATIONS as readonly string[]).includes(bare) || /^(IO>|BigQuery|Bigtable|Kafka|Arrow)/.test(bare))
      this.#limit.found({ rule: 'tensorflow.file-operation', what, offset })
    else if (DEBUG.test(bare) || SAVING.test(bare) || bare === 'Const') {
      const path = attributes.flatMap((each) => this.#texts(each)).find((text) => isOutside(text, bare))
      if (path !== undefined)
        this.#limit.found({
          rule: 'tensorflow.file-operation',
          what: `${what} names ${quoted(path.slice(0, 100))}`,
          offset,
          level: bare === 'Const' ? 'warn' : undefined,
        })
    }
  }

  /** Texts of an attribute: its own, of its list, and of a tensor. */
  #texts(entry: Span): string[] {
    const texts: string[] = []
    for (const value of this.#reader.fields(entry)) {
      if (value.number !== 2 || value.wire !== 2) continue
      for (const field of this.#reader.fields(value)) {
        if (field.number === 2 && field.wire === 2) texts.push(this.#reader.text(field))
        else if ((field.number === 1 || field.number === 8) && field.wire === 2)
          texts.push(...this.#inner(field, field.number === 1 ? 2 : 8))
        if (texts.length > 1000) return texts
      }
    }
    return texts
  }

  #inner(span: Span, number: number): string[] {
    const texts: string[] = []
    for (const field of this.#reader.fields(span)) {
      if (field.number === number && field.wire === 2) texts.push(this.#reader.text(field))
      if (texts.length > 1000) break
    }
    return texts
  }
}

/** Whether a text is a path or an address outside the model, as far as this operation would follow it. */
function isOutside(text: string, operation: string): boolean {
  if (operation === 'Const') return /^(\/(etc|root|home|proc|tmp|usr|var|dev)\/[\w./-]+|~\/\.[\w./-]+)$/.test(text)
  if (DEBUG.test(operation)) return /^(file|grpc|https?):\/\//i.test(text)
  return leavesFolder(text)
}

/** Notes the custom operations of TensorFlow Lite; those that stand for file operations of TensorFlow fail. */
export const readTfLite: FormatReader = (content, judge) => {
  if (!hasMagic(content, 4, 'TFL3')) return false
  const limit = new FindingLimit(judge)
  for (const name of customOperations(content)) {
    const flex = /^Flex(\w+)$/.exec(name)?.[1]
    const isFile = flex !== undefined && (FILE_OPERATIONS as readonly string[]).includes(flex)
    const isCode = flex !== undefined && (CODE_OPERATIONS as readonly string[]).includes(flex)
    const rule = isFile ? 'tensorflow.file-operation' : isCode ? 'tensorflow.code' : 'tensorflow.custom-operation'
    limit.found({ rule, what: `Operation ${quoted(name)}` })
  }
  limit.end()
  return true
}

/** Names of custom operations: `Model.operator_codes[].custom_code` of the flatbuffer. Never reads outside the content. */
function customOperations(content: Content): string[] {
  const uint32 = (at: number) => {
    const bytes = at >= 0 && at + 4 <= content.size ? content.read(at, 4) : new Uint8Array(0)
    return bytes.length < 4 ? 0 : new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0, true)
  }
  const field = (table: number, index: number) => {
    const vtable = table - (uint32(table) | 0)
    const slot = uint32(vtable + 4 + 2 * index) & 0xffff
    return (uint32(vtable) & 0xffff) < 6 + 2 * index || slot === 0 ? -1 : table + slot
  }
  const codes = field(uint32(0), 1)
  if (codes < 0) return []
  const list = codes + uint32(codes)
  const names: string[] = []
  for (let index = 0; index < Math.min(uint32(list), 4096); index++) {
    const at = list + 4 + 4 * index
    const custom = field(at + uint32(at), 1)
    if (custom < 0) continue
    const text = custom + uint32(custom)
    const length = Math.min(uint32(text), 1024, Math.max(0, content.size - text - 4))
    if (length > 0) names.push(new TextDecoder().decode(content.read(text + 4, length)))
  }
  return names
}
