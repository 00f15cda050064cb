import { FULL_SHARE, type DatasetSource } from '../core/datasets.ts'
import type { DraftDataset } from '../documents/draft.ts'
import { ledgerOf } from './cyclonedx.ts'
import { documentTime, edgeInWords, type LineageDocument } from './lineageDocument.ts'
import { table, textOf } from './markdownText.ts'

/** The template that a summary follows. */
export const SUMMARY_TEMPLATE = {
  title:
    'Template for the public summary of training content for general-purpose AI models, Article 53(1)(d) of Regulation (EU) 2024/1689',
  published: '2025-07-24',
  uri: 'https://digital-strategy.ec.europa.eu/en/library/explanatory-notice-and-template-public-summary-training-content-general-purpose-ai-models',
} as const

/** What stands where nothing is known. */
export const NOT_STATED = 'not stated'

/** A question of the template, and the answer. */
export type SummaryField = {
  question: string
  /** {@link NOT_STATED} where nothing is known. */
  answer: string
  /** The datasets that the answer lists. */
  datasets?: readonly Pick<DraftDataset, 'name' | 'digest' | 'license' | 'share'>[]
}

/** A section of the template. */
export type SummarySection = { number: string; title: string; fields: readonly SummaryField[] }

/** A summary of training content, as far as a registration and a list of datasets fill it. */
export type TrainingSummary = {
  template: typeof SUMMARY_TEMPLATE
  model: string
  name: string
  ledger: string
  block: number
  /** The time of the block, as RFC 3339 writes it in UTC. */
  asOf: string
  sections: readonly SummarySection[]
}

/**
 * Fills the European Commission's template for the public summary of training content from the registration of a model, its parents and its list
 * of datasets. It answers no question that these leave open: that is for the provider.
 */
export function trainingSummary(document: LineageDocument): TrainingSummary {
  const [{ model, name }] = document.models
  return {
    template: SUMMARY_TEMPLATE,
    model,
    name,
    ledger: ledgerOf(document),
    block: document.block,
    asOf: documentTime(document.blockTime),
    sections: [...general(document), ...sources(document), ...processing()],
  }
}

/** A question that neither a registration nor a list of datasets answers. */
function open(question: string): SummaryField {
  return { question, answer: NOT_STATED }
}

function field(question: string, answer: string): SummaryField {
  return { question, answer }
}

function general(document: LineageDocument): SummarySection[] {
  const [{ name, weights, publisher }] = document.models
  return [
    {
      number: '1.1',
      title: 'Provider identification',
      fields: [
        field(
          'Provider name and contact details',
          publisher === null
            ? NOT_STATED
            : `${NOT_STATED}; the model was registered by the account ${publisher} on ${ledgerOf(document)}`,
        ),
        open('Authorised representative name and contact details'),
      ],
    },
    {
      number: '1.2',
      title: 'Model identification',
      fields: [
        field('Versioned model name(s)', weights === null ? name : `${name}, weights sha256:${weights.slice(2)}`),
        field('Model dependencies', dependenciesOf(document)),
        open('Date of placement of the model on the Union market'),
      ],
    },
    {
      number: '1.3',
      title: 'Modalities, overall training data size and other characteristics',
      fields: [
        open('Modality, training data size and types of content'),
        open('Latest date of data acquisition or collection for model training'),
        open('Whether the model is trained on new data after that date'),
        open('Linguistic characteristics of the overall training data'),
        field('Other relevant characteristics of the overall training data', sharesOf(document.datasets ?? [])),
      ],
    },
  ]
}

function dependenciesOf({ models, method }: LineageDocument): string {
  const [{ parents }] = models
  const names = new Map(models.map((each) => [each.model, each.name]))
  if (parents.length > 0) return parents.map((edge) => `${names.get(edge.model)}: ${edgeInWords(edge)}`).join('; ')
  return method?.origin === 'from-scratch' ? 'none: made from scratch, by its training description' : NOT_STATED
}

/** The shares of the data by source, where they are stated. */
function sharesOf(datasets: readonly DraftDataset[]): string {
  const shares = new Map<DatasetSource, number>()
  for (const { source, share } of datasets) if (share > 0) shares.set(source, (shares.get(source) ?? 0) + share)
  if (shares.size === 0) return NOT_STATED
  return `stated shares by source: ${[...shares].map(([source, share]) => `${source} ${percent(share)}`).join(', ')}`
}

function percent(share: number): string {
  return `${share / 100} %`
}

function sources(document: LineageDocument): SummarySection[] {
  const datasets = document.datasets ?? []
  const used = (question: string, source: DatasetSource): SummaryField => usedField(question, source, datasets)
  return [
    {
      number: '2.1',
      title: 'Publicly available datasets',
      fields: [
        used('Whether publicly available datasets were used, and which', 'public'),
        open('Modalities of their content'),
        open('General description of those that are not listed'),
      ],
    },
    {
      number: '2.2.1',
      title: 'Datasets commercially licensed by rightsholders or their representatives',
      fields: [
        used('Whether commercial licensing agreements were concluded with rightsholders', 'private-licensed'),
        open('Modalities of their content'),
      ],
    },
    {
      number: '2.2.2',
      title: 'Private datasets obtained from other third parties',
      fields: [
        used('Whether private datasets were obtained from other third parties', 'private-other'),
        open('Modalities of their content'),
        open('General description of those that are not publicly known'),
      ],
    },
    {
      number: '2.3',
      title: 'Data crawled and scraped from online sources',
      fields: [
        used('Whether crawlers were used by the provider or on its behalf', 'crawled'),
        open('Names or identifiers of the crawlers, their purposes and behaviour'),
        open('Period of collection'),
        open('Types of content, online sources and modalities'),
        open('Summary of the most relevant domain names'),
      ],
    },
    {
      number: '2.4',
      title: 'User data',
      fields: [
        used('Whether data of users was used', 'user'),
        open('Whether it is from interactions with the model, or with other services or products of the provider'),
        open('Modalities, and a general description of the services or products'),
      ],
    },
    {
      number: '2.5',
      title: 'Synthetic data',
      fields: [
        used('Whether synthetic data was made by the provider or on its behalf', 'synthetic'),
        field('Models that generated it', teachersOf(document)),
        open('Modalities of the synthetic data'),
      ],
    },
    {
      number: '2.6',
      title: 'Other sources of data',
      fields: [
        used('Whether other sources were used', 'other'),
        ...(datasets.some(({ source }) => source === 'unstated')
          ? [listed('Datasets whose source is not stated', 'in the list of datasets', datasets, 'unstated')]
          : []),
      ],
    },
  ]
}

/** Yes where the list has such data, no where it is a whole without any, and else not stated. */
function usedField(question: string, source: DatasetSource, datasets: readonly DraftDataset[]): SummaryField {
  if (datasets.some((each) => each.source === source)) return listed(question, 'yes', datasets, source)
  const isWhole =
    datasets.reduce((sum, { share }) => sum + share, 0) === FULL_SHARE &&
    datasets.every((each) => each.source !== 'unstated')
  return field(
    question,
    isWhole ? 'none in the list of datasets, whose shares make up all of the training data of this model' : NOT_STATED,
  )
}

function listed(
  question: string,
  answer: string,
  datasets: readonly DraftDataset[],
  source: DatasetSource,
): SummaryField {
  const found = datasets.filter((each) => each.source === source)
  return {
    question,
    answer,
    datasets: found.map(({ name, digest, license, share }) => ({ name, digest, license, share })),
  }
}

function teachersOf({ models }: LineageDocument): string {
  const names = new Map(models.map((each) => [each.model, each.name]))
  const teachers = models[0].parents.filter(({ relation }) => relation === 'distillation')
  return teachers.length === 0
    ? NOT_STATED
    : `${NOT_STATED}; its lineage has these teachers: ${teachers.map((edge) => `${names.get(edge.model)}, ${edgeInWords(edge)}`).join('; ')}`
}

function processing(): SummarySection[] {
  return [
    {
      number: '3.1',
      title: 'Respect of reservation of rights from the text and data mining exception or limitation',
      fields: [
        open('Whether the provider is a signatory of the Code of Practice for general-purpose AI models'),
        open('Measures to respect reservations of rights, before and during collection'),
      ],
    },
    { number: '3.2', title: 'Removal of illegal content', fields: [open('General description of measures taken')] },
    { number: '3.3', title: 'Other information', fields: [open('Other relevant information about data processing')] },
  ]
}

/** Titles of the three parts of the template. */
const PARTS: Readonly<Record<string, string>> = {
  1: 'General information',
  2: 'List of data sources',
  3: 'Data processing aspects',
}

/** Writes a summary as a page of Markdown. What others wrote cannot become markup. */
export function trainingSummaryPage(summary: TrainingSummary): string {
  const { template, name, model, ledger, block, asOf, sections } = summary
  let part = ''
  return [
    `# Public summary of training content: ${textOf(name)}`,
    `By the template of the European Commission (${template.published}), from the registration ${textOf(model)} on ${textOf(ledger)} as of block ${block}, ${asOf}. "${NOT_STATED}": neither the registration nor the list of datasets says so, and the provider has to.`,
    ...sections.flatMap(({ number, title, fields: answers }) => {
      const [first] = number
      const head = first === part ? [] : [`## ${first}. ${PARTS[first!]}`]
      part = first!
      return [...head, `### ${number}. ${title}`, ...answers.map(fieldInMarkdown)]
    }),
  ]
    .join('\n\n')
    .concat('\n')
}

function fieldInMarkdown({ question, answer, datasets = [] }: SummaryField): string {
  const line = `**${question}:** ${textOf(answer)}`
  if (datasets.length === 0) return line
  const rows = datasets.map(({ name, digest, license, share }) => [
    textOf(name ?? digest),
    license === '' ? NOT_STATED : textOf(license),
    share === 0 ? NOT_STATED : percent(share),
  ])
  return `${line}\n\n${table(['dataset', 'license', 'share'], rows)}`
}
