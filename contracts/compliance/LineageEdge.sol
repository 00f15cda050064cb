// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.35;

import {EvidenceGrade} from "../claims/ILineageClaims.sol";
import {Relation} from "../types/Registration.sol";

/**
 * @dev An edge from a model of a lineage to one of its parents, in one word.
 *
 * | bits | what |
 * | --- | --- |
 * | 0-31 | index of the parent among the lineage's models |
 * | 32-39 | {Relation} |
 * | 40-47 | {EvidenceGrade}; always {EvidenceGrade-Declared} for a declared edge, countersigned or not |
 * | 48 | undisclosed: it took a claim to reveal the edge |
 * | 64-95 | index of the child, only where {LicenseAlgebra} lists edges by parent; zero in a {Lineage} |
 *
 * Packed, because the price of memory grows with its square, and an ancestry can have thousands of edges.
 */
type LineageEdge is uint256;

using {parentOf, relationOf, gradeOf, isUndisclosed, isBinding, childOf, withChild} for LineageEdge global;

/// @dev Packs an edge declared in the registration.
function declaredEdge(uint256 parent, Relation relation) pure returns (LineageEdge) {
    return LineageEdge.wrap(parent | (uint256(relation) << 32));
}

/// @dev Packs an edge added after the registration.
function attestedEdge(
    uint256 parent,
    Relation relation,
    EvidenceGrade grade,
    bool undisclosed
) pure returns (LineageEdge) {
    uint256 flag = undisclosed ? 1 : 0;
    return LineageEdge.wrap(parent | (uint256(relation) << 32) | (uint256(grade) << 40) | (flag << 48));
}

/// @dev The index of the parent.
function parentOf(LineageEdge edge) pure returns (uint256) {
    return uint32(LineageEdge.unwrap(edge));
}

/// @dev How the model was made from the parent.
function relationOf(LineageEdge edge) pure returns (Relation) {
    return Relation(uint8(LineageEdge.unwrap(edge) >> 32));
}

/// @dev How well the edge is known.
function gradeOf(LineageEdge edge) pure returns (EvidenceGrade) {
    return EvidenceGrade(uint8(LineageEdge.unwrap(edge) >> 40));
}

/// @dev Whether it took a claim to reveal the edge.
function isUndisclosed(LineageEdge edge) pure returns (bool) {
    return (LineageEdge.unwrap(edge) >> 48) & 1 != 0;
}

/// @dev Whether the edge goes from an external parent to a model that it is bound to: the two are one, and nothing was made.
function isBinding(LineageEdge edge) pure returns (bool) {
    return edge.gradeOf() == EvidenceGrade.Bound;
}

/// @dev The index of the child, if the edge has been given it.
function childOf(LineageEdge edge) pure returns (uint256) {
    return uint32(LineageEdge.unwrap(edge) >> 64);
}

/// @dev Returns the edge with the index of its child. It must have none yet.
function withChild(LineageEdge edge, uint256 child) pure returns (LineageEdge) {
    return LineageEdge.wrap(LineageEdge.unwrap(edge) | (child << 64));
}
