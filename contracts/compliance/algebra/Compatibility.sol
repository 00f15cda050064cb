// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.35;

import {EvidenceGrade} from "../../claims/ILineageClaims.sol";
import {Relation} from "../../types/Registration.sol";
import {Duties, TermsBody} from "../../types/Terms.sol";
import {Families, Obligations, Rights, TermsFlags} from "../../types/Vocabulary.sol";
import {LineageModel} from "../IComplianceLens.sol";
import {LineageEdge} from "../LineageEdge.sol";
import {EVERYTHING, Lanes, NOTHING, both, onlyPossible} from "./Lanes.sol";
import {State, valueAt, edgeAt, holdingOf, isOwn, putValue} from "./State.sol";
import {Worklist} from "./Worklist.sol";
import {passOf} from "./Rights.sol";

using Worklist for Worklist.List;

// A mask of families has 128 bits: bit n for family n, and three more that are carried along the edges in the same way. A model
// has two words: in the first the families that nothing excludes, and in its upper half those that nothing certain excludes; in
// the second those that no terms exclude that leave it to the redistributor to grant.

/// @dev A license that forbids further restrictions is allowed.
uint256 constant FREE_TO_FORBID = 1;
/// @dev A license that imposes further restrictions is allowed.
uint256 constant FREE_TO_IMPOSE = 1 << 126;
/// @dev A model that is distilled from this one is not its derivative.
uint256 constant FREE_STUDENTS = 1 << 127;
/// @dev Nothing limits under which licenses a derivative may be passed on.
uint256 constant UNLIMITED = type(uint128).max;
/// @dev Rights without which a model cannot be passed on.
uint256 constant PASSING_ON = Rights.REDISTRIBUTE | Rights.REDISTRIBUTE_DERIVATIVES | Rights.SUBLICENSE;
/// @dev The duty of share-alike for derivatives.
uint256 constant ALIKE_DUTY = uint256(Obligations.SHARE_ALIKE) << (Duties.LANE * 8);

/// @dev Whether terms limit under which licenses a derivative may be passed on, or call students derivatives.
function limits(TermsBody memory body) pure returns (bool) {
    return body.outbound != 0 || body.flags & (TermsFlags.IMPOSES_FURTHER | TermsFlags.STUDENTS_DERIVE) != 0;
}

/// @dev Computes the families of licenses under which each model may be passed on: those that the terms of all that it was made
/// from allow, through works of the same publisher too. In a cycle, the greatest masks that satisfy all edges.
function allowAll(State memory state) pure {
    if (!state.limited) return;
    uint256 count = state.models.length;
    state.allowed = new uint256[](2 * count);
    for (uint256 i = 0; i < count; ++i) {
        putValue(state.allowed, 2 * i, type(uint256).max);
        putValue(state.allowed, 2 * i + 1, UNLIMITED);
    }
    for (uint256 i = count; i > 0; --i) {
        uint256 index = valueAt(state.order, i - 1);
        LineageEdge[] memory parents = state.models[index].parents;
        for (uint256 j = 0; j < parents.length; ++j) allow(state, index, edgeAt(parents, j));
    }
    if (state.cyclic) settleAllowed(state);
}

function settleAllowed(State memory state) pure {
    Worklist.List memory waiting = state.waiting;
    for (uint256 i = state.models.length; i > 0; --i) waiting.add(valueAt(state.order, i - 1));
    while (!waiting.isEmpty()) {
        uint256 index = waiting.take();
        uint256 end = valueAt(state.firstLinks, index + 1);
        for (uint256 k = valueAt(state.firstLinks, index); k < end; ++k) {
            LineageEdge link = edgeAt(state.links, k);
            if (allow(state, link.childOf(), link)) waiting.add(link.childOf());
        }
    }
}

/// @dev Takes from the child what an edge does not allow. Returns whether that was anything.
function allow(State memory state, uint256 child, LineageEdge link) pure returns (bool) {
    uint256 parent = link.parentOf();
    Lanes pass = passOf(state, state.models[child], parent);
    bool isCertainlyLimited = isCertain(link);
    if (link.relationOf() == Relation.Distillation) {
        Lanes derives = studentDerives(state, parent, pass);
        if (derives == NOTHING) return false;
        isCertainlyLimited = isCertainlyLimited && derives.possible() != 0;
    }
    TermsBody memory body = state.terms[state.models[parent].terms].body;
    uint256 limit = limitOf(body);
    bool isPassed = pass.sure() & Rights.REDISTRIBUTE_DERIVATIVES != 0;
    bool mayBePassed = pass.possible() & Rights.REDISTRIBUTE_DERIVATIVES != 0;
    bool isGranted = isPassed || body.flags & TermsFlags.AUTOMATIC_GRANT != 0;
    uint256 above = valueAt(state.allowed, 2 * parent);
    uint256 left = (isPassed ? UNLIMITED : limit) & uint128(above);
    left |= (isCertainlyLimited ? (mayBePassed ? UNLIMITED : limit) & (above >> 128) : UNLIMITED) << 128;
    uint256 granted = (isGranted ? UNLIMITED : limit) & valueAt(state.allowed, 2 * parent + 1);
    return narrowAllowed(state, child, left, granted);
}

function narrowAllowed(State memory state, uint256 index, uint256 left, uint256 granted) pure returns (bool) {
    uint256 before = valueAt(state.allowed, 2 * index);
    uint256 grantedBefore = valueAt(state.allowed, 2 * index + 1);
    left &= before;
    granted &= grantedBefore;
    if (left == before && granted == grantedBefore) return false;
    putValue(state.allowed, 2 * index, left);
    putValue(state.allowed, 2 * index + 1, granted);
    return true;
}

/// @dev Whether the child's registration or a ruling states an edge, or it is a binding. Others are the word of a publisher,
/// said later.
function isCertain(LineageEdge link) pure returns (bool) {
    EvidenceGrade grade = link.gradeOf();
    return grade != EvidenceGrade.Acknowledged && grade != EvidenceGrade.Countersigned;
}

/// @dev The lanes, whole, in which a model that is distilled from the one at `index` is its derivative, by its terms or by those of
/// what it was made from: that of what is certain where it may be one, and both where it is one.
function studentDerives(State memory state, uint256 index, Lanes pass) pure returns (Lanes derives) {
    if (!state.limited) return NOTHING;
    uint256 allowed = valueAt(state.allowed, 2 * index);
    uint256 limit = limitOf(state.terms[state.models[index].terms].body);
    bool isPassed = pass.sure() & Rights.REDISTRIBUTE_DERIVATIVES != 0;
    if (allowed & (isPassed ? UNLIMITED : limit) & FREE_STUDENTS != 0) return NOTHING;
    bool mayBePassed = pass.possible() & Rights.REDISTRIBUTE_DERIVATIVES != 0;
    bool mayBeFree = (allowed >> 128) & (mayBePassed ? UNLIMITED : limit) & FREE_STUDENTS != 0;
    return mayBeFree ? EVERYTHING.without(onlyPossible(Rights.ALL)) : EVERYTHING;
}

/// @dev What terms allow for what is made from their model. Whether further restrictions may be imposed on it is for those to say
/// that limit its license: others forbid them on their own model alone.
function limitOf(TermsBody memory body) pure returns (uint256 limit) {
    limit = body.outbound == 0 ? UNLIMITED : body.outbound | FREE_TO_FORBID | FREE_TO_IMPOSE | FREE_STUDENTS;
    if (body.flags & TermsFlags.IMPOSES_FURTHER != 0) limit &= ~FREE_TO_FORBID;
    if (body.flags & TermsFlags.FORBIDS_FURTHER != 0 && body.outbound != 0) limit &= ~FREE_TO_IMPOSE;
    if (body.flags & TermsFlags.STUDENTS_DERIVE != 0) limit &= ~FREE_STUDENTS;
}

/// @dev What a model's own lanes are where its license is not one under which it may be passed on.
function asLabeled(State memory state, uint256 index, LineageModel memory model, Lanes own) pure returns (Lanes) {
    if (!state.limited || !model.record.exists()) return own;
    TermsBody memory body = state.terms[model.terms].body;
    uint256 allowed = valueAt(state.allowed, 2 * index);
    if (isOwn(model.record.publisher(), state.query.licensee)) {
        if (breaks(body, uint128(allowed))) own = own.unsure(PASSING_ON);
        if (isVoid(state, index, body)) own = own.without(both(PASSING_ON));
    } else {
        if (breaks(body, valueAt(state.allowed, 2 * index + 1))) own = own.doubted();
        if (!allowsAny(allowed >> 128)) own = own.without(both(PASSING_ON));
    }
    return own;
}

/// @dev Whether it is certain that a model's license is not one under which it may be passed on.
function isVoid(State memory state, uint256 index, TermsBody memory body) pure returns (bool) {
    uint256 allowed = valueAt(state.allowed, 2 * index) >> 128;
    return familyOf(body) == 0 ? !allowsAny(allowed) : breaks(body, allowed);
}

/// @dev The rights of which its label may deprive a model, for the licensee of the question.
function atStake(State memory state, uint256 index, LineageModel memory model) pure returns (uint256 rights) {
    if (isOwn(model.record.publisher(), state.query.licensee)) return PASSING_ON;
    TermsBody memory body = state.terms[model.terms].body;
    uint256 allowed = valueAt(state.allowed, 2 * index);
    if (breaks(body, valueAt(state.allowed, 2 * index + 1))) {
        rights = body.rights | holdingOf(state, index, state.query.licensee).granted().possible();
    }
    if (!allowsAny(allowed >> 128)) rights |= PASSING_ON;
}

/// @dev Whether a license is not, or where it states no family may not be, among those allowed.
function breaks(TermsBody memory body, uint256 allowed) pure returns (bool) {
    // Of a license that nobody stated, it is not known whether it forbids further restrictions.
    bool mayForbid = body.flags & TermsFlags.FORBIDS_FURTHER != 0 || body.unstated != 0;
    if (mayForbid && allowed & FREE_TO_FORBID == 0) return true;
    if (body.flags & TermsFlags.IMPOSES_FURTHER != 0 && allowed & FREE_TO_IMPOSE == 0) return true;
    uint256 family = familyOf(body);
    if (family == 0) return allowed & Families.ALL != Families.ALL;
    return (allowed >> family) & 1 == 0;
}

/// @dev Whether any license is allowed: none is where one that imposes restrictions meets one that forbids to add any.
function allowsAny(uint256 allowed) pure returns (bool) {
    return allowed & Families.ALL != 0 && allowed & (FREE_TO_FORBID | FREE_TO_IMPOSE) != 0;
}

/// @dev The family of terms; 0 where they state none, or one whose share-alike they do not demand.
function familyOf(TermsBody memory body) pure returns (uint256) {
    bool isAlike = (Families.ALIKE >> body.family) & 1 != 0;
    return isAlike && body.duties & ALIKE_DUTY == 0 ? 0 : body.family;
}
