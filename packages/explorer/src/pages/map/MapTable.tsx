import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { edgeKind } from 'stemma/map'

import { useWords } from '../../app/settings.tsx'
import { FullId, ModelLink, Name, VerdictMark } from '../../ui/parts.tsx'
import { useFormats } from '../../ui/formats.ts'
import { answerOf } from './answers.ts'
import type { MapAnswer } from './MapPage.tsx'
import { useMapWords } from './useMapWords.ts'

/** The same answer as the map, to read, to print and to copy. */
export function MapTable({ map, at }: { map: MapAnswer; at: number | undefined }) {
  const words = useWords()
  const own = useMapWords()
  const { number } = useFormats()
  const byId = new Map<string, MapAnswer['nodes'][number]>(map.nodes.map((node) => [node.id, node]))
  const name = (id: string) => <Name text={byId.get(id)?.name ?? ''} id={id} />
  return (
    <>
      <Region title={`${own.nodes} (${number(map.nodes.length)})`} id="nodes">
        <Head
          labels={[own.level, own.name, words.map.answer, own.cause, own.license, own.madeFromIt, words.model.id]}
          numbers={[own.level, own.madeFromIt]}
        />
        <tbody>
          {map.nodes.map((node) => (
            <tr key={node.id} data-node={node.id}>
              <td className="number">{number(node.level)}</td>
              <td>
                {node.external ? (
                  <Name text={node.name} id={node.id} />
                ) : (
                  <ModelLink id={node.id} name={node.name} at={at} />
                )}
              </td>
              <td>
                {node.verdict === null ? answerOf(node, map.use, words, own) : <VerdictMark verdict={node.verdict} />}
              </td>
              <td lang="en">{node.cause?.code ?? ''}</td>
              <td>
                {node.license === null ? (
                  <Name text={words.notStated} />
                ) : (
                  <Link to="/licenses" search={{ at, q: node.license }}>
                    <Name text={node.license} />
                  </Link>
                )}
              </td>
              <td className="number">{node.descendants === null ? '' : number(node.descendants)}</td>
              <td>
                <FullId value={node.id} />
              </td>
            </tr>
          ))}
        </tbody>
      </Region>
      <Region title={`${own.edges} (${number(map.edges.length)})`} id="edges">
        <Head labels={[own.child, own.relation, own.parent, own.evidence]} />
        <tbody>
          {map.edges.map((edge) => (
            <tr key={`${edge.child} ${edge.parent}`} data-edge={`${edge.child} ${edge.parent}`}>
              <td>{name(edge.child)}</td>
              <td>{words.relations[edge.relation] ?? edge.relation}</td>
              <td>{name(edge.parent)}</td>
              <td>
                {words.map.kinds[edgeKind(edge, byId.get(edge.parent)!)]}
                {edge.undisclosed && `, ${words.map.undisclosed}`}
              </td>
            </tr>
          ))}
        </tbody>
      </Region>
      {map.more.length > 0 && (
        <Region title={own.mores} id="more">
          <Head labels={[own.of, own.direction, own.next, own.inAll]} numbers={[own.next, own.inAll]} />
          <tbody>
            {map.more.map((more) => (
              <tr key={`${more.of} ${more.up}`} data-more={`${more.of} ${more.up}`}>
                <td>{name(more.of ?? '')}</td>
                <td>{more.up ? own.up : own.down}</td>
                <td className="number">{number(more.next)}</td>
                <td className="number">{number(more.models + more.externals)}</td>
              </tr>
            ))}
          </tbody>
        </Region>
      )}
    </>
  )
}

function Region({ title, id, children }: { title: string; id: string; children: ReactNode }) {
  return (
    <section aria-labelledby={`table-${id}`}>
      <h2 id={`table-${id}`}>{title}</h2>
      <div className="scroll" tabIndex={0} role="region" aria-labelledby={`table-${id}`}>
        <table>{children}</table>
      </div>
    </section>
  )
}

function Head({ labels, numbers = [] }: { labels: readonly string[]; numbers?: readonly string[] }) {
  return (
    <thead>
      <tr>
        {labels.map((label) => (
          <th key={label} scope="col" className={numbers.includes(label) ? 'number' : undefined}>
            {label}
          </th>
        ))}
      </tr>
    </thead>
  )
}
