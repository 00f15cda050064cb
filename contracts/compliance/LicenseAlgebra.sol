// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.35;

import {Credential, CredentialState} from "../licensing/ILicenseCredential.sol";
import {CredentialValidity} from "../licensing/CredentialValidity.sol";
import {ModelId} from "../types/Ids.sol";
import {ModelStatus} from "../types/ModelRecord.sol";
import {Relation} from "../types/Registration.sol";
import {LAST_METRIC, Obligations, Rights, TermsBody, Threshold} from "../types/Terms.sol";
import {
    Evaluation,
    Fact,
    Finding,
    FindingCode,
    HeldCredential,
    IComplianceLens,
    Lineage,
    LineageModel,
    LineageTerms,
    Query,
    Verdict
} from "./IComplianceLens.sol";
import {LineageEdge} from "./LineageEdge.sol";

/**
 * @dev The license algebra of `docs/license-algebra.md`, pure: a lineage and a question in, an answer out. The SDK's
 * `src/core/evaluate.ts` computes the same, statement by statement; differential fuzzing holds the two together.
 *
 * Rights are carried in lanes, so that one operation serves both: the lower 32 bits hold what is surely granted, the next 32
 * what nothing known withholds ("possible"). Obligations have the same lanes: what surely holds, and what may.
 */
library LicenseAlgebra {
    using CredentialValidity for Credential;

    uint256 private constant LANE = 32;
    uint256 private constant BOTH = (1 << LANE) | 1; // a mask times this stands in both lanes
    uint256 private constant PLACED = type(uint256).max; // instead of a number of children: the model has its place
    uint256 private constant EVERYTHING = uint256(Rights.ALL) * BOTH;

    /// @dev What is worked out for each model of a lineage.
    struct State {
        Lineage lineage;
        Query query;
        uint256[] order; // indices of models, each after all its descendants that are not in a cycle with it
        bool cyclic; // attested edges close a cycle
        uint256[] termsRights; // lanes, by index of terms
        uint256[] termsDuties; // lanes, by index of terms
        bool[] bound; // the model's own terms bind somebody: it is the first, or has a child of another publisher
        uint256[] own; // lanes: what the licensee has at the model itself, before its ancestors are looked at
        uint256[] rights; // lanes: what the licensee may do with the model
        uint256[] ceiling; // lanes: the most that the model's publisher could let the licensee do with it
        uint256[] wanted; // rights that the licensee needs at the model and may lack
        uint256[] wantedCeiling; // rights that the model's publisher needs from its ancestors, and may lack
        Edge edge; // the edge that was looked at last: one piece of memory serves for all
        uint32 relevant; // obligations that can arise from the uses that were asked for
        bool silent; // explanations are left out
        Finding[] findings; // entries from `count` on are not set
        uint256 count;
    }

    /// @dev What an edge lets through, and what it would take.
    struct Edge {
        uint256 pass; // lanes: what the child's publisher may pass on from the parent
        uint256 grants; // lanes: what the child's publisher may itself do with the parent
        uint256 flow; // lanes: what the licensee could do with the parent through the child
        uint256 making; // lanes: what the child's publisher could do to make the child
    }

    /// @dev Answers `query` about the first model of `lineage`.
    function evaluate(Lineage memory lineage, Query calldata query) internal pure returns (Evaluation memory result) {
        if (query.uses == 0 || query.uses & ~Rights.ALL != 0)
            revert IComplianceLens.ComplianceLensInvalidUses(query.uses);
        State memory state = _prepare(lineage, query);
        uint256 duties = _ascend(state);
        _descend(state);
        bool conflict = _shareAlike(state);

        result.granted = _sure(state.rights[0]);
        result.possible = _possible(state.rights[0]);
        result.obligations = _sure(duties) & state.relevant;
        result.possibleObligations = _possible(duties) & state.relevant;
        result.verdict = _verdict(query.uses, result, conflict);
        result.findings = state.findings;
        uint256 count = state.count;
        // The array was allocated for at least `count` members, so it can only become shorter.
        assembly ("memory-safe") {
            mstore(mload(add(result, 0xa0)), count)
        }
    }

    function _verdict(uint32 uses, Evaluation memory result, bool conflict) private pure returns (Verdict) {
        if (uses & ~result.possible != 0) return Verdict.NotPermitted;
        if (uses & ~result.granted != 0 || conflict) return Verdict.Unknown;
        return result.possibleObligations == 0 ? Verdict.Permitted : Verdict.Conditional;
    }

    function _prepare(Lineage memory lineage, Query calldata query) private pure returns (State memory state) {
        uint256 count = lineage.models.length;
        state.lineage = lineage;
        state.query = query;
        state.own = new uint256[](count);
        state.rights = new uint256[](count);
        state.ceiling = new uint256[](count);
        state.wanted = new uint256[](count);
        state.wantedCeiling = new uint256[](count);
        state.findings = new Finding[](16);
        state.relevant = _relevant(query.uses);
        (state.order, state.bound, state.cyclic) = _sort(lineage.models);

        uint256[] memory facts = _facts(query.facts);
        uint256 terms = lineage.terms.length;
        state.termsRights = new uint256[](terms);
        state.termsDuties = new uint256[](terms);
        for (uint256 i = 0; i < terms; ++i) {
            (state.termsRights[i], state.termsDuties[i]) = _readTerms(lineage.terms[i].body, facts);
        }
    }

    /// @dev Facts by metric: zero when not given, else the value + 1.
    function _facts(Fact[] calldata facts) private pure returns (uint256[] memory result) {
        result = new uint256[](LAST_METRIC + 1);
        for (uint256 i = 0; i < facts.length; ++i) {
            uint8 metric = facts[i].metric;
            if (metric == 0 || metric > LAST_METRIC || result[metric] != 0) {
                revert IComplianceLens.ComplianceLensInvalidFact(metric);
            }
            result[metric] = uint256(facts[i].value) + 1;
        }
    }

    /// @dev Kahn's order from the first model: each model after all its descendants in the lineage. Where only cycles are left, it
    /// goes on with the model among them that was found first.
    function _sort(
        LineageModel[] memory models
    ) private pure returns (uint256[] memory order, bool[] memory bound, bool cyclic) {
        uint256 count = models.length;
        uint256[] memory children = new uint256[](count);
        bound = new bool[](count);
        bound[0] = true;
        for (uint256 i = 0; i < count; ++i) {
            address publisher = models[i].record.publisher();
            LineageEdge[] memory parents = models[i].parents;
            for (uint256 j = 0; j < parents.length; ++j) {
                uint256 parent = parents[j].parentOf();
                ++children[parent];
                if (models[parent].record.publisher() != publisher) bound[parent] = true;
            }
        }
        order = new uint256[](count);
        children[0] = PLACED;
        uint256 filled = 1;
        uint256 next = 1;
        for (uint256 done = 0; done < count; ++done) {
            if (done == filled) {
                while (children[next] == PLACED) ++next;
                children[next] = PLACED;
                order[filled++] = next;
            }
            LineageEdge[] memory parents = models[order[done]].parents;
            for (uint256 j = 0; j < parents.length; ++j) {
                uint256 parent = parents[j].parentOf();
                if (children[parent] == PLACED) {
                    cyclic = true; // who has its place has had all its children before, but for those in a cycle with it
                } else if (--children[parent] == 0) {
                    children[parent] = PLACED;
                    order[filled++] = parent;
                }
            }
        }
    }

    /// @dev Terms in the light of the facts, as lanes.
    function _readTerms(
        TermsBody memory body,
        uint256[] memory facts
    ) private pure returns (uint256 rights, uint256 duties) {
        rights = (body.rights * BOTH) | (uint256(body.unstated) << LANE);
        duties = body.obligations * BOTH;
        for (uint256 i = 0; i < body.thresholds.length; ++i) {
            Threshold memory threshold = body.thresholds[i];
            uint256 fact = facts[threshold.metric];
            if (fact == 0) {
                rights &= ~uint256(threshold.withdraws);
                duties |= uint256(threshold.adds) << LANE;
            } else if (fact - 1 > threshold.limit) {
                rights &= ~(threshold.withdraws * BOTH);
                duties |= threshold.adds * BOTH;
            }
        }
    }

    /// @dev Works out rights from the oldest ancestors to the first model, and the obligations of all. Returns these, as lanes.
    ///
    /// In a cycle, models have what no member of it, and no ancestor of one, withholds: rights are the greatest that satisfy all
    /// edges, found by starting from everything and taking away until nothing changes.
    function _ascend(State memory state) private pure returns (uint256 duties) {
        if (state.cyclic) {
            for (uint256 i = 0; i < state.order.length; ++i) {
                if (_isRecalled(state.lineage.models[i])) continue;
                state.rights[i] = EVERYTHING;
                state.ceiling[i] = EVERYTHING;
            }
        }
        for (uint256 i = state.order.length; i > 0; --i) {
            uint256 index = state.order[i - 1];
            LineageModel memory model = state.lineage.models[index];
            bool isOwn = model.record.publisher() == state.query.licensee;
            (, uint256 grants, uint256 grantDuties) = _credentials(state, model, state.query.licensee);
            if (state.bound[index] && !isOwn) duties |= state.termsDuties[model.terms];
            duties |= grantDuties;
            if (_isRecalled(model)) continue; // nothing is left of it: all lanes stay zero

            state.own[index] = isOwn ? EVERYTHING : state.termsRights[model.terms] | grants;
            _restrict(state, index, model);
        }
        if (!state.cyclic) return duties;
        bool changed = true;
        while (changed) {
            changed = false;
            for (uint256 i = state.order.length; i > 0; --i) {
                uint256 index = state.order[i - 1];
                LineageModel memory model = state.lineage.models[index];
                if (!_isRecalled(model) && _restrict(state, index, model)) changed = true;
            }
        }
    }

    /// @dev Works out what the edges to its parents leave a model. Returns whether that is something else than before.
    function _restrict(State memory state, uint256 index, LineageModel memory model) private pure returns (bool) {
        uint256 ceiling = EVERYTHING;
        for (uint256 j = 0; j < model.parents.length; ++j) {
            _readEdge(state, model, j);
            ceiling &= _through(model.parents[j].relationOf(), state.edge);
        }
        uint256 rights = state.own[index] & ceiling;
        bool changed = ceiling != state.ceiling[index] || rights != state.rights[index];
        state.ceiling[index] = ceiling;
        state.rights[index] = rights;
        return changed;
    }

    function _isRecalled(LineageModel memory model) private pure returns (bool) {
        return model.record.status() == ModelStatus.Recalled;
    }

    /// @dev Works out the edge from `child` to its parent number `number`.
    function _readEdge(State memory state, LineageModel memory child, uint256 number) private pure {
        Edge memory edge = state.edge;
        uint256 index = child.parents[number].parentOf();
        LineageModel memory parent = state.lineage.models[index];
        address publisher = child.record.publisher();
        if (parent.record.publisher() == publisher) {
            edge.pass = EVERYTHING;
            edge.grants = EVERYTHING;
        } else {
            (edge.pass, edge.grants, ) = _credentials(state, parent, publisher);
        }
        edge.flow = state.rights[index] | (edge.pass & state.ceiling[index]);
        edge.making = edge.flow | (edge.grants & state.ceiling[index]);
    }

    /// @dev What the valid credentials of `holder` for `model` pass on, grant and demand, as lanes.
    function _credentials(
        State memory state,
        LineageModel memory model,
        address holder
    ) private pure returns (uint256 pass, uint256 grants, uint256 duties) {
        for (uint256 i = 0; i < model.credentials.length; ++i) {
            HeldCredential memory held = model.credentials[i];
            if (held.holder != holder || !held.credential.isValidAt(state.query.time)) continue;
            pass |= state.termsRights[held.terms] & (held.passThrough * BOTH);
            grants |= state.termsRights[held.terms];
            duties |= state.termsDuties[held.terms];
        }
    }

    /// @dev What an edge leaves of the flow, as lanes.
    function _through(Relation relation, Edge memory edge) private pure returns (uint256) {
        return
            _throughLane(relation, edge.flow & Rights.ALL, edge.making & Rights.ALL) |
            (_throughLane(relation, edge.flow >> LANE, edge.making >> LANE) << LANE);
    }

    function _throughLane(Relation relation, uint256 flow, uint256 making) private pure returns (uint256) {
        if (making & _requiredFor(relation) == 0) return 0;
        if (!_isDerivation(relation)) return flow;
        if (making & Rights.COMMERCIAL_MODIFY == 0) flow &= ~uint256(Rights.COMMERCIAL | Rights.HOST);
        if (flow & Rights.REDISTRIBUTE_DERIVATIVES == 0) flow &= ~uint256(Rights.REDISTRIBUTE | Rights.SUBLICENSE);
        return flow;
    }

    /// @dev The right that it takes to make a model from a parent by a relation.
    function _requiredFor(Relation relation) private pure returns (uint256) {
        if (relation == Relation.Distillation) return Rights.DISTILL;
        return _isDerivation(relation) ? Rights.MODIFY : Rights.REDISTRIBUTE;
    }

    /// @dev Whether the relation changes the model. A copy or a conversion to another format does not.
    function _isDerivation(Relation relation) private pure returns (bool) {
        return relation != Relation.Copy && relation != Relation.Conversion;
    }

    /// @dev Finds why rights are missing, from the first model to its oldest ancestors. In a cycle, what is wanted of a model may
    /// be found out after it was looked at: then it is handed on until nothing is added, before anything is said.
    function _descend(State memory state) private pure {
        state.wanted[0] = state.query.uses;
        if (state.cyclic) {
            state.silent = true;
            bool changed = true;
            while (changed) {
                changed = false;
                for (uint256 i = 0; i < state.order.length; ++i) {
                    if (_handOn(state, state.order[i])) changed = true;
                }
            }
            state.silent = false;
        }
        for (uint256 i = 0; i < state.order.length; ++i) {
            uint256 index = state.order[i];
            LineageModel memory model = state.lineage.models[index];
            if (_hasUndisclosed(model)) {
                _add(state, FindingCode.ParentUndisclosed, model.model, address(0), 0, 0, 0);
            }
            if (_isRecalled(model)) {
                uint256 missing = (state.wanted[index] | state.wantedCeiling[index]) & ~state.ceiling[index];
                _add(state, FindingCode.ModelRecalled, model.model, address(0), missing, 0, 0);
                continue;
            }
            _explainTerms(state, index, model, state.wanted[index] & ~state.own[index]);
            _handOn(state, index);
            ModelStatus status = model.record.status();
            if (status == ModelStatus.Retired) {
                _add(state, FindingCode.ModelRetired, model.model, address(0), 0, 0, 0);
            } else if (status == ModelStatus.Superseded) {
                _add(state, FindingCode.ModelSuperseded, model.model, address(0), 0, 0, 0);
            }
        }
    }

    /// @dev Hands what is missing at a model on to the parents that it is missing at. Returns whether any of them is wanted for
    /// more than before.
    function _handOn(State memory state, uint256 index) private pure returns (bool more) {
        LineageModel memory model = state.lineage.models[index];
        uint256 missing = (state.wanted[index] | state.wantedCeiling[index]) & ~state.ceiling[index];
        if (missing == 0 || _isRecalled(model)) return false;
        for (uint256 j = 0; j < model.parents.length; ++j) {
            if (_blame(state, model, j, missing)) more = true;
        }
    }

    function _hasUndisclosed(LineageModel memory model) private pure returns (bool) {
        for (uint256 j = model.parents.length; j > 0; --j) {
            if (model.parents[j - 1].isUndisclosed()) return true;
        }
        return false;
    }

    /// @dev Says what a model's own terms have to do with the rights that are missing at it, and with obligations.
    function _explainTerms(State memory state, uint256 index, LineageModel memory model, uint256 missing) private pure {
        TermsBody memory body = state.lineage.terms[model.terms].body;
        uint256 withheld = missing & ~uint256(body.rights | body.unstated);
        if (withheld != 0) _add(state, FindingCode.RightWithheld, model.model, address(0), withheld, 0, 0);
        uint256 unstated = missing & body.unstated;
        if (unstated != 0) _add(state, FindingCode.RightUnstated, model.model, address(0), unstated, 0, 0);

        bool binds = state.bound[index] && model.record.publisher() != state.query.licensee;
        _explainThresholds(state, body, model.model, address(0), missing, binds ? state.relevant : 0);
        _explainCredentials(state, model, state.query.licensee, missing, 0);
    }

    /// @dev Says which thresholds of some terms withdraw rights that are missing, or add obligations that are relevant.
    function _explainThresholds(
        State memory state,
        TermsBody memory body,
        ModelId model,
        address holder,
        uint256 missing,
        uint256 relevant
    ) private pure {
        for (uint256 i = 0; i < body.thresholds.length; ++i) {
            Threshold memory threshold = body.thresholds[i];
            uint256 rights = missing & body.rights & threshold.withdraws;
            uint256 obligations = threshold.adds & relevant;
            if (rights | obligations == 0) continue;
            FindingCode code = _standing(state, threshold);
            if (code != FindingCode.None) _add(state, code, model, holder, rights, obligations, threshold.metric);
        }
    }

    /// @dev Whether the licensee's fact exceeds a threshold, or is missing.
    function _standing(State memory state, Threshold memory threshold) private pure returns (FindingCode) {
        Fact[] memory facts = state.query.facts;
        for (uint256 i = 0; i < facts.length; ++i) {
            if (facts[i].metric == threshold.metric) {
                return facts[i].value > threshold.limit ? FindingCode.ThresholdExceeded : FindingCode.None;
            }
        }
        return FindingCode.FactMissing;
    }

    /// @dev Hands what is missing at `child` because of its parent number `number` on to the parent. Returns whether the parent
    /// is wanted for more than before.
    function _blame(
        State memory state,
        LineageModel memory child,
        uint256 number,
        uint256 missing
    ) private pure returns (bool more) {
        _readEdge(state, child, number);
        Edge memory edge = state.edge;
        Relation relation = child.parents[number].relationOf();
        uint256 failing = missing & ~_through(relation, edge);
        if (failing == 0) return false;

        uint256 flow = failing & ~edge.flow;
        uint256 making = _requiredFor(relation) & ~edge.making;
        if (_isDerivation(relation)) {
            if (failing & (Rights.REDISTRIBUTE | Rights.SUBLICENSE) != 0) {
                flow |= Rights.REDISTRIBUTE_DERIVATIVES & ~edge.flow;
            }
            if (failing & (Rights.COMMERCIAL | Rights.HOST) != 0) making |= Rights.COMMERCIAL_MODIFY & ~edge.making;
        }
        uint256 parent = child.parents[number].parentOf();
        // What the publisher's credentials give is missing at the parent's ancestors; the rest may be missing at the parent.
        uint256 wantedCeiling = state.wantedCeiling[parent] | (flow & edge.pass) | (making & (edge.pass | edge.grants));
        flow &= ~edge.pass;
        making &= ~(edge.pass | edge.grants);
        uint256 wanted = state.wanted[parent] | flow | making;
        more = wanted != state.wanted[parent] || wantedCeiling != state.wantedCeiling[parent];
        state.wanted[parent] = wanted;
        state.wantedCeiling[parent] = wantedCeiling;
        // The licensee's own credentials are explained where the parent's terms are.
        address publisher = child.record.publisher();
        if (state.silent || publisher == state.query.licensee) return more;
        _explainCredentials(state, state.lineage.models[parent], publisher, making, flow);
    }

    /// @dev Says why the credentials of `holder` for `model` do not lift what they could: `granted` by being granted to the
    /// holder, `passed` by being passed on. One that is not valid is named with the rights that it would give; one that is
    /// has thresholds, and rights that its terms do not state.
    function _explainCredentials(
        State memory state,
        LineageModel memory model,
        address holder,
        uint256 granted,
        uint256 passed
    ) private pure {
        for (uint256 i = 0; i < model.credentials.length; ++i) {
            HeldCredential memory held = model.credentials[i];
            if (held.holder != holder) continue;
            TermsBody memory body = state.lineage.terms[held.terms].body;
            uint256 missing = granted | (passed & held.passThrough);
            if (held.credential.isValidAt(state.query.time)) {
                uint256 unstated = missing & body.unstated;
                if (unstated != 0) _add(state, FindingCode.RightUnstated, model.model, holder, unstated, 0, 0);
                uint256 relevant = holder == state.query.licensee ? state.relevant : 0;
                _explainThresholds(state, body, model.model, holder, missing, relevant);
            } else if (missing & body.rights != 0) {
                FindingCode code = _failure(held.credential, state.query.time);
                _add(state, code, model.model, holder, missing & body.rights, 0, 0);
            }
        }
    }

    /// @dev Why a credential that is not valid at `time` is not.
    function _failure(Credential memory credential, uint40 time) private pure returns (FindingCode) {
        if (time >= credential.validUntil) {
            bool revoked = credential.state == CredentialState.Revoked;
            return revoked ? FindingCode.CredentialRevoked : FindingCode.CredentialExpired;
        }
        return time < credential.validFrom ? FindingCode.CredentialNotYetValid : FindingCode.CredentialSuspended;
    }

    /// @dev Finds share-alike terms that contradict each other (returned), or that a model does not keep.
    function _shareAlike(State memory state) private pure returns (bool conflict) {
        if (state.relevant & Obligations.SHARE_ALIKE == 0 || !_hasShareAlike(state.lineage.terms)) return false;
        bool[] memory heirs = _heirs(state);
        uint256 first = type(uint256).max;
        for (uint256 i = 0; i < state.order.length; ++i) {
            uint256 index = state.order[i];
            LineageModel memory model = state.lineage.models[index];
            if (!_isShareAlike(state, model)) {
                if (state.bound[index] && heirs[index]) {
                    _add(state, FindingCode.ShareAlikeUnmet, model.model, address(0), 0, Obligations.SHARE_ALIKE, 0);
                }
            } else if (state.bound[index]) {
                if (first == type(uint256).max) {
                    first = model.terms;
                } else if (model.terms != first) {
                    conflict = true;
                    _add(state, FindingCode.ShareAlikeConflict, model.model, address(0), 0, Obligations.SHARE_ALIKE, 0);
                }
            }
        }
    }

    /// @dev Which models were made, directly or through works of the same publisher, from share-alike models of others.
    function _heirs(State memory state) private pure returns (bool[] memory heirs) {
        heirs = new bool[](state.order.length);
        bool changed = true;
        while (changed) {
            changed = false;
            for (uint256 i = state.order.length; i > 0; --i) {
                uint256 index = state.order[i - 1];
                if (heirs[index] || !_inherits(state, heirs, state.lineage.models[index])) continue;
                heirs[index] = true;
                changed = state.cyclic; // else all ancestors were done before
            }
        }
    }

    function _inherits(State memory state, bool[] memory heirs, LineageModel memory model) private pure returns (bool) {
        for (uint256 j = 0; j < model.parents.length; ++j) {
            uint256 index = model.parents[j].parentOf();
            LineageModel memory parent = state.lineage.models[index];
            bool isOwn = parent.record.publisher() == model.record.publisher();
            if (isOwn ? heirs[index] : _isShareAlike(state, parent)) return true;
        }
        return false;
    }

    function _hasShareAlike(LineageTerms[] memory terms) private pure returns (bool) {
        for (uint256 i = 0; i < terms.length; ++i) {
            if (terms[i].body.obligations & Obligations.SHARE_ALIKE != 0) return true;
        }
        return false;
    }

    function _isShareAlike(State memory state, LineageModel memory model) private pure returns (bool) {
        return state.lineage.terms[model.terms].body.obligations & Obligations.SHARE_ALIKE != 0;
    }

    /// @dev The obligations that can arise from some uses.
    function _relevant(uint32 uses) private pure returns (uint32 relevant) {
        uint32 passingOn = Rights.REDISTRIBUTE | Rights.REDISTRIBUTE_DERIVATIVES | Rights.SUBLICENSE;
        relevant = Obligations.USE_RESTRICTIONS;
        if (uses & passingOn != 0) {
            relevant |= Obligations.NOTICE | Obligations.ATTRIBUTION | Obligations.SHARE_ALIKE | Obligations.SOURCE;
        }
        if (uses & (Rights.REDISTRIBUTE_DERIVATIVES | Rights.SUBLICENSE) != 0) relevant |= Obligations.STATE_CHANGES;
        if (uses & Rights.HOST != 0) relevant |= Obligations.NETWORK_SOURCE | Obligations.ATTRIBUTION;
        if (uses & (Rights.REDISTRIBUTE_DERIVATIVES | Rights.DISTILL) != 0) relevant |= Obligations.NAME_PREFIX;
        if (uses & (passingOn | Rights.COMMERCIAL | Rights.HOST) != 0) relevant |= Obligations.DISPLAY_CREDIT;
        if (uses & (Rights.REDISTRIBUTE_DERIVATIVES | Rights.COMMERCIAL_MODIFY | Rights.HOST) != 0) {
            relevant |= Obligations.DISCLOSE_BASE;
        }
        if (uses & ~(Rights.RESEARCH | Rights.EDUCATION | Rights.PERSONAL) != 0) relevant |= Obligations.NO_TRADEMARK;
        if (uses & (Rights.COMMERCIAL | Rights.HOST | Rights.REDISTRIBUTE_DERIVATIVES) != 0) {
            relevant |= Obligations.NOTIFY_LICENSOR;
        }
    }

    function _add(
        State memory state,
        FindingCode code,
        ModelId model,
        address holder,
        uint256 rights,
        uint256 obligations,
        uint8 metric
    ) private pure {
        if (state.count == state.findings.length) {
            state.findings = _grown(state.findings);
        }
        state.findings[state.count++] = Finding({
            code: code,
            model: model,
            holder: holder,
            rights: uint32(rights),
            obligations: uint32(obligations),
            metric: metric
        });
    }

    /// @dev The same findings with room for as many more.
    function _grown(Finding[] memory findings) private pure returns (Finding[] memory result) {
        uint256 length = 2 * findings.length;
        // Elements are pointers that nobody reads before a finding is put there; `new` would make an empty finding for each.
        assembly ("memory-safe") {
            result := mload(0x40)
            mstore(0x40, add(result, shl(5, add(length, 1))))
            mstore(result, length)
            mcopy(add(result, 0x20), add(findings, 0x20), shl(5, mload(findings)))
        }
    }

    function _sure(uint256 lanes) private pure returns (uint32) {
        return uint32(lanes);
    }

    function _possible(uint256 lanes) private pure returns (uint32) {
        return uint32(lanes >> LANE);
    }
}
