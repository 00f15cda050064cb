// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.35;

import {ModelId} from "../types/Ids.sol";
import {Topics} from "../types/Terms.sol";
import {Rights, TermsFlags} from "../types/Vocabulary.sol";
import {allowAll, limits} from "./algebra/Compatibility.sol";
import {askFirst, askParents, owedTo} from "./algebra/Duties.sol";
import {createEvaluationWriter} from "./algebra/EvaluationWriter.sol";
import {explain, wantFirst} from "./algebra/Explanation.sol";
import {Holding} from "./algebra/Holding.sol";
import {Lanes, both} from "./algebra/Lanes.sol";
import {readAllTerms, rightsOfCredential} from "./algebra/Readings.sol";
import {ascendAll} from "./algebra/Rights.sol";
import {Standing} from "./algebra/Standing.sol";
import {State, valueAt, edgeAt, holderKey, putValue, putEdge, standingAt} from "./algebra/State.sol";
import {asSaid, isValid} from "./algebra/Words.sol";
import {Worklist} from "./algebra/Worklist.sol";
import {
    HeldCredential,
    IComplianceLens,
    Lineage,
    LineageModel,
    MAX_LISTED,
    Query,
    Verdict
} from "./IComplianceLens.sol";
import {IdMap} from "./IdMap.sol";
import {LineageEdge} from "./LineageEdge.sol";

/**
 * @dev The license algebra of `docs/license-algebra.md`. Pure: takes a lineage and a question, and returns an answer. The
 * SDK's `src/core/evaluate.ts` does the same, and its parts in `src/core/algebra` have the names, in the order, of those in
 * `algebra`: lanes, words, readings of terms, compatibility, rights, duties, explanation. Differential fuzzing keeps the two in
 * step.
 */
library LicenseAlgebra {
    using Topics for uint64;
    using IdMap for IdMap.Map;

    uint256 private constant PLACED = type(uint256).max; // replaces the number of children once the model is in the order

    /// @dev Answers `query` about the first model of `lineage`. Returns an ABI-encoded {Evaluation}. `holders` numbers the
    /// {holderKey} of at least each credential in the lineage.
    function evaluate(
        Lineage memory lineage,
        IdMap.Map memory holders,
        Query calldata query
    ) internal pure returns (bytes memory) {
        if (query.uses == 0 || query.uses & ~Rights.ALL != 0)
            revert IComplianceLens.ComplianceLensInvalidUses(query.uses);
        State memory state = _prepare(lineage, query);
        _readHoldings(state, holders);
        allowAll(state);
        ascendAll(state);
        askFirst(state);
        wantFirst(state);
        state.findings = createEvaluationWriter();
        Lanes duties = _descend(state);
        Lanes rights = standingAt(state, 0).rights();
        return state.findings.finish(_verdict(query.uses, rights, duties), rights, duties);
    }

    /// @dev Finds what is owed, and writes why rights are missing, at each model after its children. Returns what is owed at all.
    function _descend(State memory state) private pure returns (Lanes duties) {
        uint256[] memory order = state.order;
        for (uint256 i = 0; i < order.length; ++i) {
            uint256 index = valueAt(order, i);
            LineageModel memory model = state.models[index];
            if (!state.cyclic) askParents(state, model, standingAt(state, index).asked());
            duties = duties | owedTo(state, index, model);
            explain(state, index, model);
        }
    }

    function _verdict(uint256 uses, Lanes rights, Lanes duties) private pure returns (Verdict) {
        if (uses & ~rights.possible() != 0) return Verdict.NotPermitted;
        if (uses & ~rights.sure() != 0) return Verdict.Unknown;
        return duties.possible() == 0 ? Verdict.Permitted : Verdict.Conditional;
    }

    function _prepare(Lineage memory lineage, Query calldata query) private pure returns (State memory state) {
        _requireLists(query);
        state.models = lineage.models;
        state.terms = lineage.terms;
        state.query = query;
        state.standings = new Standing[](lineage.models.length);
        for (uint256 i = 0; i < state.terms.length; ++i) {
            if (limits(state.terms[i].body)) state.limited = true;
            if (state.terms[i].body.flags & TermsFlags.STUDENTS_WITHOUT_COMMERCE != 0) state.withoutCommerce = true;
        }
        _sort(state);
        readAllTerms(state);
        if (state.cyclic) _listChildren(state);
    }

    /// @dev Adds up the credentials of each holder for each model, so that an edge reads those of all holders only once.
    function _readHoldings(State memory state, IdMap.Map memory holders) private pure {
        state.holders = holders;
        state.holdings = new Holding[](holders.count);
        if (holders.count == 0) return;
        for (uint256 i = 0; i < state.models.length; ++i) {
            HeldCredential[] memory credentials = state.models[i].credentials;
            uint256 number;
            for (uint256 k = 0; k < credentials.length; ++k) {
                // Those of one holder are together.
                if (k == 0 || credentials[k].holder != credentials[k - 1].holder) {
                    (, number) = holders.find(holderKey(i, credentials[k].holder));
                }
                state.holdings[number] = _extend(state, state.models[i], state.holdings[number], k);
            }
        }
    }

    function _extend(
        State memory state,
        LineageModel memory model,
        Holding holding,
        uint256 position
    ) private pure returns (Holding) {
        HeldCredential memory held = model.credentials[position];
        holding = holding.extended(position);
        if (!isValid(state, held)) return holding;
        Lanes rights = asSaid(state, model, held.credential.validFrom, rightsOfCredential(state, held));
        return holding.withRights(rights & both(held.passThrough), rights);
    }

    /// @dev Lists the edges by parent, each with its child.
    function _listChildren(State memory state) private pure {
        uint256 count = state.models.length;
        uint256[] memory firstLinks = state.firstLinks; // the number of children, until here
        uint256 total = 0;
        // All sums are at most the number of edges.
        unchecked {
            for (uint256 i = 0; i < count; ++i) {
                total += valueAt(firstLinks, i);
                putValue(firstLinks, i, total);
            }
            putValue(firstLinks, count, total);
            // Now each holds where the edges of its model end, and filling them from behind moves it to where they begin.
            LineageEdge[] memory links = new LineageEdge[](total);
            for (uint256 i = count; i > 0; --i) {
                LineageEdge[] memory parents = state.models[i - 1].parents;
                for (uint256 j = 0; j < parents.length; ++j) {
                    LineageEdge edge = edgeAt(parents, j);
                    uint256 place = valueAt(firstLinks, edge.parentOf()) - 1;
                    putValue(firstLinks, edge.parentOf(), place);
                    putEdge(links, place, edge.withChild(i - 1));
                }
            }
            state.links = links;
        }
        state.waiting = Worklist.create(count);
    }

    /// @dev Requires that lists are short and in order, and that facts are about something that terms can ask.
    function _requireLists(Query calldata query) private pure {
        _requireFew(query.trusted.length);
        _requireFew(query.named.length);
        _requireFew(query.facts.length);
        for (uint256 i = 1; i < query.trusted.length; ++i) {
            _requireAscending(uint160(query.trusted[i - 1]), uint160(query.trusted[i]), i);
        }
        for (uint256 i = 1; i < query.named.length; ++i) {
            uint256 before = uint256(ModelId.unwrap(query.named[i - 1]));
            _requireAscending(before, uint256(ModelId.unwrap(query.named[i])), i);
        }
        for (uint256 i = 0; i < query.facts.length; ++i) {
            uint64 topic = query.facts[i].topic;
            if (!topic.isDefined()) revert IComplianceLens.ComplianceLensInvalidFact(topic);
            if (i != 0) _requireAscending(query.facts[i - 1].topic, topic, i);
        }
    }

    function _requireFew(uint256 count) private pure {
        if (count > MAX_LISTED) revert IComplianceLens.ComplianceLensTooMany(count);
    }

    function _requireAscending(uint256 before, uint256 next, uint256 index) private pure {
        if (next <= before) revert IComplianceLens.ComplianceLensUnsorted(index);
    }

    /// @dev Kahn's topological order from the first model: each model comes after all its descendants in the lineage.
    /// When only cycles are left, it continues with the first model found in them.
    function _sort(State memory state) private pure {
        uint256 count = state.models.length;
        uint256[] memory order = new uint256[](count);
        uint256[] memory counted = _countChildren(state);
        uint256[] memory children = _copyOf(counted);
        putValue(children, 0, PLACED);
        uint256 filled = 1;
        uint256 next = 1;
        bool cyclic = false;
        // A model occurs as a parent as often as it was counted, so that `filled` stays at most `count`.
        unchecked {
            for (uint256 done = 0; done < count; ++done) {
                if (done == filled) {
                    while (valueAt(children, next) == PLACED) ++next;
                    putValue(children, next, PLACED);
                    putValue(order, filled++, next);
                }
                LineageEdge[] memory parents = state.models[valueAt(order, done)].parents;
                for (uint256 j = 0; j < parents.length; ++j) {
                    uint256 parent = edgeAt(parents, j).parentOf();
                    uint256 left = valueAt(children, parent);
                    if (left == PLACED) {
                        cyclic = true; // a parent already in the order is reached again only through a cycle
                    } else if (left == 1) {
                        putValue(children, parent, PLACED);
                        putValue(order, filled++, parent);
                    } else {
                        putValue(children, parent, left - 1);
                    }
                }
            }
        }
        state.order = order;
        state.cyclic = cyclic;
        _release(children);
        if (cyclic) state.firstLinks = counted;
        else _release(counted);
    }

    /// @dev Frees the memory of a list that is no longer needed, unless something was allocated after it.
    function _release(uint256[] memory list) private pure {
        assembly ("memory-safe") {
            let end := add(list, shl(5, add(mload(list), 1)))
            if eq(mload(0x40), end) {
                mstore(0x40, list)
            }
        }
    }

    function _copyOf(uint256[] memory list) private pure returns (uint256[] memory copy) {
        assembly ("memory-safe") {
            let size := shl(5, add(mload(list), 1))
            copy := mload(0x40)
            mstore(0x40, add(copy, size))
            mcopy(copy, list, size)
        }
    }

    /// @dev Counts the children of each model; the last count is zero.
    function _countChildren(State memory state) private pure returns (uint256[] memory children) {
        uint256 count = state.models.length;
        children = new uint256[](count + 1);
        // At most the number of edges.
        unchecked {
            for (uint256 i = 0; i < count; ++i) {
                LineageEdge[] memory parents = state.models[i].parents;
                for (uint256 j = 0; j < parents.length; ++j) {
                    uint256 parent = edgeAt(parents, j).parentOf();
                    putValue(children, parent, valueAt(children, parent) + 1);
                }
            }
        }
    }
}
