// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.35;

import {ModelId} from "../types/Ids.sol";
import {Relation} from "../types/Registration.sol";
import {AttestedParent, EvidenceGrade} from "./ILineageClaims.sol";

/// @dev Most attested parents of a model.
uint256 constant MAX_ATTESTED = 32;

/// @dev Most attested parents of a model that its publisher adds, so that it cannot leave a ruling without room.
uint256 constant MAX_BY_PUBLISHER = 8;

/// @dev The attested parents of one model. An empty list is read by its first word alone.
struct AttestedList {
    uint8 count; // slot 0, byte 0
    uint8 byPublisher; // slot 0, byte 1
    AttestedParent[MAX_ATTESTED] parents; // slots 1-64: the parent's id, then the rest
}

/// @dev The attested edges of a model: found, added, and strengthened. None is ever removed.
library AttestedEdges {
    /// @dev The position of `parent`, or the number of parents when it is not among them.
    function find(AttestedList storage list, ModelId parent) internal view returns (uint256 index, bool found) {
        uint256 count = list.count;
        for (; index < count; ++index) {
            if (list.parents[index].model == parent) return (index, true);
        }
    }

    /// @dev Whether there is room for another parent.
    function hasRoom(AttestedList storage list, bool byPublisher) internal view returns (bool) {
        return list.count < MAX_ATTESTED && (!byPublisher || list.byPublisher < MAX_BY_PUBLISHER);
    }

    /// @dev Adds a parent. There has to be room.
    function add(AttestedList storage list, AttestedParent memory parent, bool byPublisher) internal {
        uint8 count = list.count;
        list.parents[count] = parent;
        list.count = count + 1;
        if (byPublisher) ++list.byPublisher;
    }

    /// @dev An edge after a claim for it by `relation` has reached `grade`. The grade only grows, and what a claim had to bring
    /// out stays undisclosed. The relation is the claim's where the claim knows better: it is of a higher grade, or the
    /// publisher confirms it against what it had said unasked.
    function strengthened(
        AttestedParent memory edge,
        Relation relation,
        EvidenceGrade grade
    ) internal pure returns (AttestedParent memory result) {
        bool isBetter = grade > edge.grade || (grade == edge.grade && !edge.undisclosed);
        result.model = edge.model;
        result.relation = isBetter ? relation : edge.relation;
        result.grade = grade > edge.grade ? grade : edge.grade;
        result.undisclosed = true;
        result.attestedAt = edge.attestedAt;
    }

    /// @dev Whether two states of one edge say the same.
    function isSame(AttestedParent memory a, AttestedParent memory b) internal pure returns (bool) {
        return a.relation == b.relation && a.grade == b.grade && a.undisclosed == b.undisclosed;
    }
}
