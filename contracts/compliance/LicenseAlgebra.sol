// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.35;

import {Credential, CredentialState} from "../licensing/ILicenseCredential.sol";
import {CredentialValidity} from "../licensing/CredentialValidity.sol";
import {ModelId} from "../types/Ids.sol";
import {ModelStatus} from "../types/ModelRecord.sol";
import {Relation} from "../types/Registration.sol";
import {Duties, Obligations, Rights, TermsBody, Threshold, Topics} from "../types/Terms.sol";
import {EvaluationWriter, createEvaluationWriter} from "./EvaluationWriter.sol";
import {
    Fact,
    FindingCode,
    HeldCredential,
    IComplianceLens,
    Lineage,
    LineageModel,
    LineageTerms,
    MAX_LISTED,
    Query,
    Verdict
} from "./IComplianceLens.sol";
import {Holding} from "./Holding.sol";
import {IdMap} from "./IdMap.sol";
import {LineageEdge} from "./LineageEdge.sol";
import {Standing} from "./Standing.sol";
import {Worklist} from "./Worklist.sol";

/**
 * @dev The license algebra of `docs/license-algebra.md`. Pure: takes a lineage and a question, and returns an answer. The
 * SDK's `src/core/evaluate.ts` does the same, statement by statement, and differential fuzzing keeps the two in step.
 *
 * Rights are carried in two lanes, so that one operation handles both. The lower 32 bits hold what is certainly granted.
 * The next 32 hold what nothing known withholds ("possible"). Obligations have the same lanes: those that certainly
 * apply, and those that may.
 */
library LicenseAlgebra {
    using CredentialValidity for Credential;
    using Duties for uint256;
    using Topics for Threshold;
    using Topics for uint64;
    using IdMap for IdMap.Map;
    using Worklist for Worklist.List;

    uint256 private constant LANE = 32;
    uint256 private constant BOTH = (1 << LANE) | 1; // multiplying a mask by this puts it into both lanes
    uint256 private constant PLACED = type(uint256).max; // replaces the number of children once the model is in the order
    uint256 private constant EVERYTHING = uint256(Rights.ALL) * BOTH;
    /// @dev Every right without which some edge lets less through, in both lanes.
    uint256 private constant GATES =
        uint256(
            Rights.REDISTRIBUTE |
                Rights.DISTILL |
                Rights.MODIFY |
                Rights.COMMERCIAL_MODIFY |
                Rights.REDISTRIBUTE_DERIVATIVES
        ) * BOTH;
    uint256 private constant POSSIBLE = uint256(type(uint32).max) << LANE; // the lane of what may be

    /// @dev A lineage, a question about it, and the intermediate results.
    struct State {
        LineageModel[] models;
        LineageTerms[] terms;
        Query query;
        uint256[] order; // indices of models, each after all its descendants that are not in a cycle with it
        bool cyclic; // attested edges close a cycle
        uint256[] termsRights; // lanes, by index of terms
        uint256[] termsDuties; // lanes, by index of terms: what the uses in question raise
        Standing[] standings; // by index of model
        IdMap.Map holders; // numbers {holderKey}s
        Holding[] holdings; // by number in `holders`
        uint256[] firstLinks; // by index of model: where its children begin in `links`; only in cycles
        LineageEdge[] links; // all edges, by parent, each with its child; only in cycles
        Worklist.List waiting; // indices of models; only in cycles
        Edge edge; // the edge read last; one allocation serves all edges
        uint256 alike; // duties: share-alike in the lane of each use in question
        bool keepsAlike; // a use in question raises share-alike by some terms
        bool silent; // no explanations are written
        EvaluationWriter findings;
    }

    /// @dev What an edge lets through, and what it requires.
    struct Edge {
        bool binding; // the child is an external parent that is bound to the parent
        uint256 required; // the right required to make the child from the parent by this relation
        uint256 pass; // lanes: what the child's publisher may pass on from the parent
        uint256 grants; // lanes: what the child's publisher itself may do with the parent
        uint256 flow; // lanes: what the licensee could do with the parent through the child
        uint256 making; // lanes: what the child's publisher could do to make the child
    }

    /// @dev The key of a model and a holder of credentials for it in a map of holders.
    function holderKey(uint256 index, address holder) internal pure returns (bytes32) {
        return bytes32((index << 160) | uint160(holder));
    }

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
        uint256 duties = _ascend(state);
        if (state.keepsAlike) _findHeirs(state);
        _want(state, 0, query.uses, 0);
        if (state.cyclic) _settleWants(state);
        state.findings = createEvaluationWriter();
        _descend(state);
        bool conflict = state.keepsAlike && _shareAlike(state);
        uint256 rights = state.standings[0].rights();
        return state.findings.finish(_verdict(query.uses, rights, duties, conflict), rights, duties);
    }

    function _verdict(uint256 uses, uint256 rights, uint256 duties, bool conflict) private pure returns (Verdict) {
        if (uses & ~(rights >> LANE) != 0) return Verdict.NotPermitted;
        if (uses & ~rights != 0 || conflict) return Verdict.Unknown;
        return duties == 0 ? Verdict.Permitted : Verdict.Conditional;
    }

    function _prepare(Lineage memory lineage, Query calldata query) private pure returns (State memory state) {
        _requireLists(query);
        state.models = lineage.models;
        state.terms = lineage.terms;
        state.query = query;
        state.standings = new Standing[](lineage.models.length);
        state.alike = uint256(Obligations.SHARE_ALIKE).lanesOf(query.uses);
        state.keepsAlike = _hasShareAlike(state);
        _sort(state);

        uint256 terms = lineage.terms.length;
        state.termsRights = new uint256[](terms);
        state.termsDuties = new uint256[](terms);
        for (uint256 i = 0; i < terms; ++i) {
            (state.termsRights[i], state.termsDuties[i]) = _readTerms(state, lineage.terms[i].body);
        }
        if (state.cyclic) _listChildren(state);
    }

    /// @dev Adds up the credentials of each holder for each model, so that an edge reads those of all holders only once.
    function _readHoldings(State memory state, IdMap.Map memory holders) private pure {
        state.holders = holders;
        state.holdings = new Holding[](holders.count);
        if (holders.count == 0) return;
        for (uint256 i = 0; i < state.models.length; ++i) {
            HeldCredential[] memory credentials = state.models[i].credentials;
            for (uint256 k = 0; k < credentials.length; ++k) {
                (, uint256 number) = holders.find(holderKey(i, credentials[k].holder));
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
        if (!held.credential.isValidAt(state.query.time)) return holding;
        uint256 lanes = _lanes(state, model, held.credential.validFrom);
        uint256 rights = state.termsRights[held.terms] & lanes;
        return holding.withLanes(rights & (held.passThrough * BOTH), rights, state.termsDuties[held.terms] & lanes);
    }

    /// @dev What `holder` has of the model at `index` by credentials.
    function _holding(State memory state, uint256 index, address holder) private pure returns (Holding) {
        (bool found, uint256 number) = state.holders.find(holderKey(index, holder));
        return found ? state.holdings[number] : Holding.wrap(0);
    }

    /// @dev Lists the edges by parent, each with its child.
    function _listChildren(State memory state) private pure {
        uint256 count = state.models.length;
        uint256[] memory firstLinks = state.firstLinks; // the number of children, until here
        uint256 total = 0;
        // All sums are at most the number of edges.
        unchecked {
            for (uint256 i = 0; i < count; ++i) {
                total += _at(firstLinks, i);
                _put(firstLinks, i, total);
            }
            _put(firstLinks, count, total);
            // Now each holds where the edges of its model end, and filling them from behind moves it to where they begin.
            LineageEdge[] memory links = new LineageEdge[](total);
            for (uint256 i = count; i > 0; --i) {
                LineageEdge[] memory parents = state.models[i - 1].parents;
                for (uint256 j = 0; j < parents.length; ++j) {
                    LineageEdge edge = _edgeAt(parents, j);
                    uint256 place = _at(firstLinks, edge.parentOf()) - 1;
                    _put(firstLinks, edge.parentOf(), place);
                    _putEdge(links, place, edge.withChild(i - 1));
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

    /// @dev Whether what a model's publisher says of it at `time` counts.
    function _counts(State memory state, LineageModel memory model, uint256 time) private pure returns (bool) {
        if (_isReliable(state, model, time)) return true;
        ModelId[] memory named = state.query.named;
        for (uint256 i = 0; i < named.length; ++i) {
            if (named[i] == model.model) return true;
        }
        return false;
    }

    /// @dev Whether what a model's publisher says at `time` counts, also of what is its own work.
    function _isReliable(State memory state, LineageModel memory model, uint256 time) private pure returns (bool) {
        if (state.query.everybody || (model.verifiedFrom <= time && time < model.verifiedUntil)) return true;
        address publisher = model.record.publisher();
        if (_isOwn(publisher, state.query.licensee)) return true;
        address[] memory trusted = state.query.trusted;
        for (uint256 i = 0; i < trusted.length; ++i) {
            if (trusted[i] == publisher) return true;
        }
        return false;
    }

    /// @dev The lanes that stay of what a model's publisher said at `time`: the sure one falls away if its word does not
    /// count.
    function _lanes(State memory state, LineageModel memory model, uint256 time) private pure returns (uint256) {
        return _counts(state, model, time) ? type(uint256).max : POSSIBLE;
    }

    /// @dev Whether a parent is certainly work of its child's publisher.
    function _isOwnWork(
        State memory state,
        LineageModel memory child,
        LineageModel memory parent
    ) private pure returns (bool) {
        return
            _isOwn(parent.record.publisher(), child.record.publisher()) &&
            _isReliable(state, child, child.record.registeredAt()) &&
            _isReliable(state, parent, parent.record.registeredAt());
    }

    /// @dev Kahn's topological order from the first model: each model comes after all its descendants in the lineage.
    /// When only cycles are left, it continues with the first model found in them. Also finds the models whose own terms
    /// bind somebody.
    function _sort(State memory state) private pure {
        uint256 count = state.models.length;
        uint256[] memory order = new uint256[](count);
        uint256[] memory counted = _countChildren(state);
        uint256[] memory children = _copyOf(counted);
        _put(children, 0, PLACED);
        uint256 filled = 1;
        uint256 next = 1;
        bool cyclic = false;
        // A model occurs as a parent as often as it was counted, so that `filled` stays at most `count`.
        unchecked {
            for (uint256 done = 0; done < count; ++done) {
                if (done == filled) {
                    while (_at(children, next) == PLACED) ++next;
                    _put(children, next, PLACED);
                    _put(order, filled++, next);
                }
                LineageEdge[] memory parents = state.models[_at(order, done)].parents;
                for (uint256 j = 0; j < parents.length; ++j) {
                    uint256 parent = _edgeAt(parents, j).parentOf();
                    uint256 left = _at(children, parent);
                    if (left == PLACED) {
                        cyclic = true; // a parent already in the order is reached again only through a cycle
                    } else if (left == 1) {
                        _put(children, parent, PLACED);
                        _put(order, filled++, parent);
                    } else {
                        _put(children, parent, left - 1);
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

    /// @dev Counts the children of each model; the last count is zero. Also finds the models whose own terms bind somebody.
    function _countChildren(State memory state) private pure returns (uint256[] memory children) {
        Standing[] memory standings = state.standings;
        uint256 count = standings.length;
        children = new uint256[](count + 1);
        standings[0] = standings[0].asBound();
        // At most the number of edges.
        unchecked {
            for (uint256 i = 0; i < count; ++i) {
                LineageModel memory model = state.models[i];
                LineageEdge[] memory parents = model.parents;
                for (uint256 j = 0; j < parents.length; ++j) {
                    uint256 parent = _edgeAt(parents, j).parentOf();
                    _put(children, parent, _at(children, parent) + 1);
                    if (!_isOwnWork(state, model, state.models[parent])) {
                        _putStanding(state, parent, _standing(state, parent).asBound());
                    }
                }
            }
        }
    }

    // The indices of the next functions come from the order or from an edge, which the lens numbered, or from a loop over the
    // same list, so they are in bounds. They save several bounds checks per edge.

    function _at(uint256[] memory list, uint256 index) private pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := mload(add(add(list, 0x20), shl(5, index)))
        }
    }

    function _put(uint256[] memory list, uint256 index, uint256 value) private pure {
        assembly ("memory-safe") {
            mstore(add(add(list, 0x20), shl(5, index)), value)
        }
    }

    function _edgeAt(LineageEdge[] memory list, uint256 index) private pure returns (LineageEdge edge) {
        assembly ("memory-safe") {
            edge := mload(add(add(list, 0x20), shl(5, index)))
        }
    }

    function _putEdge(LineageEdge[] memory list, uint256 index, LineageEdge edge) private pure {
        assembly ("memory-safe") {
            mstore(add(add(list, 0x20), shl(5, index)), edge)
        }
    }

    function _putStanding(State memory state, uint256 index, Standing standing) private pure {
        Standing[] memory standings = state.standings;
        assembly ("memory-safe") {
            mstore(add(add(standings, 0x20), shl(5, index)), standing)
        }
    }

    /// @dev The standing of the model at `index`.
    function _standing(State memory state, uint256 index) private pure returns (Standing standing) {
        Standing[] memory standings = state.standings;
        assembly ("memory-safe") {
            standing := mload(add(add(standings, 0x20), shl(5, index)))
        }
    }

    /// @dev The rights of terms, and the duties that the uses in question raise, given the facts, as lanes.
    function _readTerms(
        State memory state,
        TermsBody memory body
    ) private pure returns (uint256 rights, uint256 duties) {
        uint256 uses = state.query.uses;
        rights = (body.rights * BOTH) | (uint256(body.unstated) << LANE);
        duties = body.duties.raisedBy(uses) * BOTH;
        for (uint256 i = 0; i < body.thresholds.length; ++i) {
            Threshold memory threshold = body.thresholds[i];
            uint256 adds = threshold.uses & uses != 0 ? threshold.adds : 0;
            FindingCode code = _position(state, threshold);
            if (code == FindingCode.FactMissing) {
                rights &= ~uint256(threshold.withdraws);
                duties |= adds << LANE;
            } else if (code == FindingCode.ThresholdExceeded) {
                rights &= ~(threshold.withdraws * BOTH);
                duties |= adds * BOTH;
            }
        }
    }

    /// @dev Computes rights from the oldest ancestors to the first model, and everybody's obligations. Returns the
    /// obligations as lanes.
    function _ascend(State memory state) private pure returns (uint256 duties) {
        address licensee = state.query.licensee;
        for (uint256 i = state.order.length; i > 0; --i) {
            uint256 index = _at(state.order, i - 1);
            LineageModel memory model = state.models[index];
            bool isOwn = _isOwn(model.record.publisher(), licensee);
            Standing standing = _standing(state, index);
            uint256 lanes = isOwn ? 0 : _lanes(state, model, model.record.registeredAt());
            uint256 own = isOwn || _isIdentified(state, model) ? EVERYTHING : state.termsRights[model.terms] & lanes;
            if (model.credentials.length != 0) {
                Holding holding = _holding(state, index, licensee);
                own |= holding.granted();
                duties |= holding.duties();
            }
            if (standing.isBound()) duties |= state.termsDuties[model.terms] & lanes;
            if (_isRecalled(model)) continue; // a recalled model has nothing: all lanes stay zero

            standing = standing.withOwn(own);
            _putStanding(state, index, standing.withRights(standing.own(), EVERYTHING));
            if (!state.cyclic) _restrict(state, index, model);
        }
        if (state.cyclic) _settleRights(state);
    }

    /// @dev Computes what the edges to its parents leave to a model.
    function _restrict(State memory state, uint256 index, LineageModel memory model) private pure {
        LineageEdge[] memory parents = model.parents;
        for (uint256 j = 0; j < parents.length; ++j) _narrow(state, index, model, _edgeAt(parents, j));
    }

    /// @dev Takes from a model what the edge to one of its parents does not let through. Returns whether that was anything.
    function _narrow(
        State memory state,
        uint256 index,
        LineageModel memory model,
        LineageEdge link
    ) private pure returns (bool) {
        Standing standing = _standing(state, index);
        uint256 before = standing.ceiling();
        if (before == 0) return false;
        uint256 above = link.parentOf();
        Standing parent = _standing(state, above);
        uint256 ceiling = parent.rights();
        // A parent that grants every gate lets all its rights through, and nothing else if its publisher could not add to
        // them. Saves reading most edges of open models.
        bool adds = before & parent.ceiling() & ~ceiling != 0 && _lends(model, state.models[above]);
        if (adds || GATES & ~ceiling != 0) {
            _readEdge(state, model, link);
            ceiling = _through(state.edge);
        }
        ceiling &= before;
        if (ceiling == before) return false;
        _putStanding(state, index, standing.withRights(standing.own() & ceiling, ceiling));
        return true;
    }

    /// @dev In a cycle, models have the rights that no member, and no ancestor of a member, withholds. This is the greatest
    /// fixed point over all edges: it starts from all rights and removes some until nothing changes. Looks at the edges to a
    /// model's children when it does not start with all rights, and again only when it has lost some.
    function _settleRights(State memory state) private pure {
        Worklist.List memory waiting = state.waiting;
        LineageEdge[] memory links = state.links;
        uint256[] memory firstLinks = state.firstLinks;
        for (uint256 i = state.order.length; i > 0; --i) {
            uint256 index = _at(state.order, i - 1);
            if (_standing(state, index).rights() != EVERYTHING) waiting.add(index);
        }
        while (!waiting.isEmpty()) {
            uint256 index = waiting.take();
            uint256 end = _at(firstLinks, index + 1);
            for (uint256 k = _at(firstLinks, index); k < end; ++k) {
                LineageEdge link = _edgeAt(links, k);
                uint256 child = link.childOf();
                if (_narrow(state, child, state.models[child], link)) waiting.add(child);
            }
        }
    }

    /// @dev Whether a model of `publisher` is the own work of `account`. Zero, the publisher of every external parent and the
    /// licensee of a public use, owns nothing.
    function _isOwn(address publisher, address account) private pure returns (bool) {
        return publisher == account && account != address(0);
    }

    /// @dev Whether a model is an external parent that is bound to registered models alone. It has no terms of its own, so
    /// that it withholds nothing itself. A binding to what nobody registered says nothing.
    function _isIdentified(State memory state, LineageModel memory model) private pure returns (bool) {
        LineageEdge[] memory parents = model.parents;
        if (model.record.exists() || parents.length == 0) return false;
        for (uint256 j = 0; j < parents.length; ++j) {
            if (!state.models[parents[j].parentOf()].record.exists()) return false;
        }
        return true;
    }

    function _isRecalled(LineageModel memory model) private pure returns (bool) {
        return model.record.isRecalled();
    }

    /// @dev Whether the publisher of `child` may have more of `parent` than everybody has: it is its own work, or somebody
    /// holds credentials for it.
    function _lends(LineageModel memory child, LineageModel memory parent) private pure returns (bool) {
        return parent.credentials.length != 0 || _isOwn(parent.record.publisher(), child.record.publisher());
    }

    /// @dev Computes the edge from `child` to one of its parents.
    function _readEdge(State memory state, LineageModel memory child, LineageEdge link) private pure {
        Edge memory edge = state.edge;
        uint256 index = link.parentOf();
        LineageModel memory parent = state.models[index];
        Standing standing = _standing(state, index);
        edge.binding = link.isBinding();
        edge.required = _requiredFor(link.relationOf());
        address publisher = child.record.publisher();
        uint256 pass = 0;
        uint256 grants = 0;
        if (_isOwn(parent.record.publisher(), publisher)) {
            pass = _isOwnWork(state, child, parent) ? EVERYTHING : EVERYTHING & POSSIBLE;
            grants = pass;
        } else if (parent.credentials.length != 0) {
            Holding holding = _holding(state, index, publisher);
            pass = holding.passed();
            grants = holding.granted();
        }
        edge.pass = pass;
        edge.grants = grants;
        edge.flow = standing.rights() | (pass & standing.ceiling());
        edge.making = edge.flow | (grants & standing.ceiling());
    }

    /// @dev The part of the flow that an edge lets through, as lanes.
    function _through(Edge memory edge) private pure returns (uint256 flow) {
        if (edge.binding) return edge.flow;
        uint256 making = edge.making;
        flow = edge.flow & _where(making, edge.required);
        if (!_isDerivation(edge)) return flow;
        uint256 isShared = _where(flow, Rights.REDISTRIBUTE_DERIVATIVES);
        flow &= _where(making, Rights.COMMERCIAL_MODIFY) | ~((Rights.COMMERCIAL | Rights.HOST) * BOTH);
        flow &= isShared | ~((Rights.REDISTRIBUTE | Rights.SUBLICENSE) * BOTH);
    }

    /// @dev All bits of each lane that has `right`, a single right.
    function _where(uint256 lanes, uint256 right) private pure returns (uint256) {
        // At most one bit is set per lane, so nothing carries from one lane into the other.
        unchecked {
            return ((lanes / right) & BOTH) * type(uint32).max;
        }
    }

    /// @dev The right required to make a model from a parent by a relation. A copy or a format conversion does not change
    /// the model.
    function _requiredFor(Relation relation) private pure returns (uint256) {
        if (relation == Relation.Copy || relation == Relation.Conversion) return Rights.REDISTRIBUTE;
        return relation == Relation.Distillation ? Rights.DISTILL : Rights.MODIFY;
    }

    /// @dev Whether an edge changes the model, and so requires more than the right to pass it on.
    function _isDerivation(Edge memory edge) private pure returns (bool) {
        return edge.required != Rights.REDISTRIBUTE;
    }

    /// @dev Finds the rights that are wanted from each model, without explanations: in a cycle, a model may become wanted for
    /// more after it was explained. Looks again only at models that are wanted for more.
    function _settleWants(State memory state) private pure {
        Worklist.List memory waiting = state.waiting;
        state.silent = true;
        waiting.add(0);
        while (!waiting.isEmpty()) {
            uint256 index = waiting.take();
            _handOn(state, state.models[index], _missing(state, index));
        }
        state.silent = false;
    }

    /// @dev Finds why rights are missing, from the first model to its oldest ancestors.
    function _descend(State memory state) private pure {
        uint256[] memory order = state.order;
        for (uint256 i = 0; i < order.length; ++i) {
            uint256 index = _at(order, i);
            LineageModel memory model = state.models[index];
            uint256 missing = _missing(state, index);
            if (_hasUndisclosed(model)) _add(state, FindingCode.ParentUndisclosed, model, address(0), 0, 0, 0);
            ModelStatus status = model.record.status();
            if (_isRecalled(model)) {
                _add(state, FindingCode.ModelRecalled, model, address(0), missing, 0, 0);
                continue;
            }
            _explainTerms(state, index, model);
            _handOn(state, model, missing);
            if (status == ModelStatus.Retired) {
                _add(state, FindingCode.ModelRetired, model, address(0), 0, 0, 0);
            } else if (status == ModelStatus.Superseded) {
                _add(state, FindingCode.ModelSuperseded, model, address(0), 0, 0, 0);
            }
        }
    }

    /// @dev The wanted rights that a model lacks because of its ancestors or a recall.
    function _missing(State memory state, uint256 index) private pure returns (uint256) {
        Standing standing = _standing(state, index);
        return (standing.wanted() | standing.wantedCeiling()) & ~standing.ceiling();
    }

    /// @dev Passes the rights missing at a model on to the parents that lack them.
    function _handOn(State memory state, LineageModel memory model, uint256 missing) private pure {
        if (missing == 0 || _isRecalled(model)) return;
        LineageEdge[] memory parents = model.parents;
        for (uint256 j = 0; j < parents.length; ++j) _blame(state, model, _edgeAt(parents, j), missing);
    }

    function _hasUndisclosed(LineageModel memory model) private pure returns (bool) {
        LineageEdge[] memory parents = model.parents;
        for (uint256 j = 0; j < parents.length; ++j) {
            if (_edgeAt(parents, j).isUndisclosed()) return true;
        }
        return false;
    }

    /// @dev Writes how a model's own terms cause its missing rights, and which obligations they add.
    function _explainTerms(State memory state, uint256 index, LineageModel memory model) private pure {
        Standing standing = _standing(state, index);
        uint256 missing = standing.wanted() & ~standing.own();
        bool binds = standing.isBound() && !_isOwn(model.record.publisher(), state.query.licensee);
        TermsBody memory body = state.terms[model.terms].body;
        if (missing != 0) {
            uint256 withheld = missing & ~uint256(body.rights | body.unstated);
            if (withheld != 0) _add(state, FindingCode.RightWithheld, model, address(0), withheld, 0, 0);
            uint256 unstated = missing & body.unstated;
            FindingCode code = model.record.exists() ? FindingCode.RightUnstated : FindingCode.ParentExternal;
            if (unstated != 0) _add(state, code, model, address(0), unstated, 0, 0);
            _explainWord(state, model, address(0), model.record.registeredAt(), missing & body.rights);
        }
        _explainThresholds(state, body, model, address(0), missing, binds ? state.query.uses : 0);
        _explainCredentials(state, index, state.query.licensee, missing, 0);
    }

    /// @dev Writes that rights are missing because the word of the model's publisher at `time` does not count.
    function _explainWord(
        State memory state,
        LineageModel memory model,
        address holder,
        uint256 time,
        uint256 rights
    ) private pure {
        if (rights == 0 || _counts(state, model, time)) return;
        _add(state, FindingCode.PublisherUncounted, model, holder, rights, 0, 0);
    }

    /// @dev Writes the thresholds of some terms that withdraw missing rights or add obligations that `uses` raise.
    function _explainThresholds(
        State memory state,
        TermsBody memory body,
        LineageModel memory model,
        address holder,
        uint256 missing,
        uint256 uses
    ) private pure {
        Threshold[] memory thresholds = body.thresholds;
        for (uint256 i = 0; i < thresholds.length; ++i) {
            Threshold memory threshold = thresholds[i];
            uint256 rights = missing & body.rights & threshold.withdraws;
            uint256 obligations = threshold.uses & uses != 0 ? threshold.adds : 0;
            if (rights | obligations == 0) continue;
            FindingCode code = _position(state, threshold);
            if (code != FindingCode.None) _add(state, code, model, holder, rights, obligations, threshold.metric);
        }
    }

    /// @dev Finds whether a fact exceeds a threshold or is missing. The facts are in order.
    function _position(State memory state, Threshold memory threshold) private pure returns (FindingCode) {
        Fact[] memory facts = state.query.facts;
        uint64 topic = threshold.topicOf();
        uint256 from = 0;
        uint256 until = facts.length;
        // There are at most MAX_FACTS, so nothing overflows.
        unchecked {
            while (from < until) {
                uint256 middle = (from + until) / 2;
                Fact memory fact = facts[middle];
                if (fact.topic == topic) {
                    return fact.value > threshold.limit ? FindingCode.ThresholdExceeded : FindingCode.None;
                }
                if (fact.topic < topic) from = middle + 1;
                else until = middle;
            }
        }
        return FindingCode.FactMissing;
    }

    /// @dev Passes the rights that `child` lacks because of one parent on to that parent. Without explanations, the parent
    /// waits to be looked at if it is now wanted for more.
    function _blame(State memory state, LineageModel memory child, LineageEdge link, uint256 missing) private pure {
        uint256 index = link.parentOf();
        if (!_lends(child, state.models[index])) {
            // In a cycle, all that is wanted is known before the explanations, and an edge that lends nothing has none.
            if (state.cyclic && !state.silent) return;
            uint256 lanes = _standing(state, index).rights();
            if (GATES & ~lanes == 0) {
                // The edge lets all the parent's rights through, so what fails is what the parent lacks.
                if (_want(state, index, missing & ~lanes, 0) && state.silent) state.waiting.add(index);
                return;
            }
        }
        _readEdge(state, child, link);
        Edge memory edge = state.edge;
        uint256 failing = missing & ~_through(edge);
        if (failing == 0) return;

        uint256 flow = failing & ~edge.flow;
        uint256 making = edge.binding ? 0 : edge.required & ~edge.making;
        if (_isDerivation(edge)) {
            if (failing & (Rights.REDISTRIBUTE | Rights.SUBLICENSE) != 0) {
                flow |= Rights.REDISTRIBUTE_DERIVATIVES & ~edge.flow;
            }
            if (failing & (Rights.COMMERCIAL | Rights.HOST) != 0) making |= Rights.COMMERCIAL_MODIFY & ~edge.making;
        }
        // Rights that the publisher's credentials give are missing at the parent's ancestors. All others may be missing
        // at the parent.
        uint256 above = (flow & edge.pass) | (making & (edge.pass | edge.grants));
        flow &= ~edge.pass;
        making &= ~(edge.pass | edge.grants);
        bool more = _want(state, index, flow | making, above);
        if (state.silent) {
            if (more) state.waiting.add(index);
            return;
        }
        // The licensee's own credentials are explained together with the parent's terms.
        address publisher = child.record.publisher();
        if (publisher == state.query.licensee) return;
        // Of its own work, nothing is missing to a publisher whose word counts.
        if (_isOwn(state.models[index].record.publisher(), publisher) && flow | making != 0) {
            _add(state, FindingCode.PublisherUncounted, child, address(0), flow | making, 0, 0);
        }
        _explainCredentials(state, index, publisher, making, flow);
    }

    /// @dev Marks rights as wanted from a model and from its ancestors. Returns whether that added any.
    function _want(State memory state, uint256 index, uint256 wanted, uint256 ceiling) private pure returns (bool) {
        Standing before = _standing(state, index);
        Standing standing = before.withWanted(wanted, ceiling);
        _putStanding(state, index, standing);
        return Standing.unwrap(standing) != Standing.unwrap(before);
    }

    /// @dev Writes why the credentials of `holder` for `model` do not supply missing rights: `granted` are needed by the
    /// holder itself, `passed` by those to whom it passes them on. An invalid credential is named with the rights that it
    /// would give. A valid one is explained by its thresholds and by the rights that its terms leave unstated.
    function _explainCredentials(
        State memory state,
        uint256 index,
        address holder,
        uint256 granted,
        uint256 passed
    ) private pure {
        LineageModel memory model = state.models[index];
        if (model.credentials.length == 0) return;
        Holding holding = _holding(state, index, holder);
        for (uint256 i = holding.first(); i < holding.end(); ++i) {
            HeldCredential memory held = model.credentials[i];
            if (held.holder != holder) continue;
            TermsBody memory body = state.terms[held.terms].body;
            uint256 missing = granted | (passed & held.passThrough);
            if (held.credential.isValidAt(state.query.time)) {
                uint256 unstated = missing & body.unstated;
                if (unstated != 0) _add(state, FindingCode.RightUnstated, model, holder, unstated, 0, 0);
                _explainWord(state, model, holder, held.credential.validFrom, missing & body.rights);
                uint256 uses = holder == state.query.licensee ? state.query.uses : 0;
                _explainThresholds(state, body, model, holder, missing, uses);
            } else if (missing & body.rights != 0) {
                FindingCode code = _failure(held.credential, state.query.time);
                _add(state, code, model, holder, missing & body.rights, 0, 0);
            }
        }
    }

    /// @dev The reason why a credential is not valid at `time`.
    function _failure(Credential memory credential, uint40 time) private pure returns (FindingCode) {
        if (time >= credential.validUntil) {
            bool revoked = credential.state == CredentialState.Revoked;
            return revoked ? FindingCode.CredentialRevoked : FindingCode.CredentialExpired;
        }
        return time < credential.validFrom ? FindingCode.CredentialNotYetValid : FindingCode.CredentialSuspended;
    }

    /// @dev Finds share-alike terms that contradict each other, and models that do not keep them. Returns whether there
    /// is a contradiction.
    function _shareAlike(State memory state) private pure returns (bool conflict) {
        uint256 first = type(uint256).max;
        for (uint256 i = 0; i < state.order.length; ++i) {
            uint256 index = state.order[i];
            Standing standing = _standing(state, index);
            if (!standing.isBound()) continue;
            LineageModel memory model = state.models[index];
            if (!_isShareAlike(state, model)) {
                if (standing.isHeir() && model.record.exists()) {
                    _add(state, FindingCode.ShareAlikeUnmet, model, address(0), 0, Obligations.SHARE_ALIKE, 0);
                }
            } else if (first == type(uint256).max) {
                first = model.terms;
            } else if (model.terms != first) {
                conflict = true;
                _add(state, FindingCode.ShareAlikeConflict, model, address(0), 0, Obligations.SHARE_ALIKE, 0);
            }
        }
    }

    /// @dev Finds the heirs: models made, directly, through works of the same publisher or through bound external parents, from
    /// share-alike models of others. Without a cycle, all ancestors of a model are done before it. In a cycle, looks again at the same publisher's
    /// children of an heir.
    function _findHeirs(State memory state) private pure {
        Standing[] memory standings = state.standings;
        for (uint256 i = state.order.length; i > 0; --i) {
            uint256 index = _at(state.order, i - 1);
            if (!_inherits(state, state.models[index])) continue;
            standings[index] = standings[index].asHeir();
            if (state.cyclic) state.waiting.add(index);
        }
        if (state.cyclic) _settleHeirs(state);
    }

    function _settleHeirs(State memory state) private pure {
        Worklist.List memory waiting = state.waiting;
        Standing[] memory standings = state.standings;
        while (!waiting.isEmpty()) {
            uint256 index = waiting.take();
            LineageModel memory parent = state.models[index];
            uint256 end = state.firstLinks[index + 1];
            for (uint256 k = state.firstLinks[index]; k < end; ++k) {
                uint256 child = state.links[k].childOf();
                if (standings[child].isHeir() || !_isTransparent(state, state.models[child], parent)) continue;
                standings[child] = standings[child].asHeir();
                waiting.add(child);
            }
        }
    }

    function _inherits(State memory state, LineageModel memory model) private pure returns (bool) {
        LineageEdge[] memory parents = model.parents;
        for (uint256 j = 0; j < parents.length; ++j) {
            uint256 index = _edgeAt(parents, j).parentOf();
            LineageModel memory parent = state.models[index];
            bool isPassed = _isTransparent(state, model, parent);
            if (isPassed ? _standing(state, index).isHeir() : _isShareAlike(state, parent)) return true;
        }
        return false;
    }

    /// @dev Whether a model inherits share-alike from what a parent was made from and not from the parent's own terms: the
    /// parent is its publisher's own work, or external, without terms.
    function _isTransparent(
        State memory state,
        LineageModel memory child,
        LineageModel memory parent
    ) private pure returns (bool) {
        return !parent.record.exists() || _isOwnWork(state, child, parent);
    }

    function _hasShareAlike(State memory state) private pure returns (bool) {
        LineageTerms[] memory terms = state.terms;
        for (uint256 i = 0; i < terms.length; ++i) {
            if (terms[i].body.duties & state.alike != 0) return true;
        }
        return false;
    }

    function _isShareAlike(State memory state, LineageModel memory model) private pure returns (bool) {
        return state.terms[model.terms].body.duties & state.alike != 0;
    }

    function _add(
        State memory state,
        FindingCode code,
        LineageModel memory model,
        address holder,
        uint256 rights,
        uint256 obligations,
        uint8 metric
    ) private pure {
        state.findings.add(code, model.model, holder, rights, obligations, metric);
    }
}
