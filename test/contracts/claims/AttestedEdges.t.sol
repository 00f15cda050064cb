// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.35;

import {AttestedEdges, AttestedList, MAX_ATTESTED, MAX_BY_PUBLISHER} from "../../../contracts/claims/AttestedEdges.sol";
import {AttestedParent, EvidenceGrade} from "../../../contracts/claims/ILineageClaims.sol";
import {ModelId} from "../../../contracts/types/Ids.sol";
import {Relation} from "../../../contracts/types/Registration.sol";
import {Test} from "../base/Test.sol";

contract AttestedEdgesTest is Test {
    using AttestedEdges for AttestedList;

    AttestedList private _list;

    /// @dev A claim never weakens an edge, and leaves other edges alone.
    function testFuzz_strengthened_onlyGrows(
        bytes32 parent,
        uint8 relation,
        uint8 grade,
        bool undisclosed,
        uint40 time,
        uint8 claimed,
        uint8 claimedGrade
    ) public pure {
        AttestedParent memory edge = AttestedParent(
            ModelId.wrap(parent),
            Relation(relation % 11),
            EvidenceGrade(grade % 4),
            undisclosed,
            time
        );
        EvidenceGrade better = EvidenceGrade(claimedGrade % 4);
        AttestedParent memory once = AttestedEdges.strengthened(edge, Relation(claimed % 11), better);
        assertEq(ModelId.unwrap(once.model), parent, "parent");
        assertEq(once.attestedAt, time, "time");
        assertEq(once.undisclosed, true, "undisclosed");
        assertTrue(once.grade >= edge.grade && once.grade >= better, "grade");
        assertTrue(once.grade == edge.grade || once.grade == better, "grade of neither");
        if (better < edge.grade || (better == edge.grade && undisclosed)) {
            assertEq(uint256(once.relation), uint256(edge.relation), "relation");
        } else {
            assertEq(uint256(once.relation), uint256(claimed % 11), "relation of the claim");
        }
        AttestedParent memory twice = AttestedEdges.strengthened(once, Relation(claimed % 11), better);
        assertTrue(AttestedEdges.isSame(once, twice), "the same claim twice");
    }

    /// @dev In any order of additions by anybody: every edge is found where it was put, the publisher adds at most 8, and
    /// all together at most 32.
    function testFuzz_add_keepsOrderAndRoom(uint256 byPublisher) public {
        uint256 own = 0;
        uint256 count = 0;
        for (uint256 i = 0; i < 40; ++i) {
            bool publishers = (byPublisher >> i) % 2 == 1;
            bool room = count < MAX_ATTESTED && (!publishers || own < MAX_BY_PUBLISHER);
            assertEq(_list.hasRoom(publishers), room, "room");
            if (!room) continue;
            ModelId parent = ModelId.wrap(keccak256(abi.encode(i)));
            (uint256 index, bool found) = _list.find(parent);
            assertEq(found, false, "found before");
            assertEq(index, count, "where it will be");
            _list.add(
                AttestedParent(parent, Relation.Merge, EvidenceGrade.Acknowledged, i % 2 == 0, uint40(i)),
                publishers
            );
            (index, found) = _list.find(parent);
            assertTrue(found && index == count, "not found where it was put");
            AttestedParent memory kept = _list.get(index);
            assertEq(kept.attestedAt, i, "time");
            assertEq(uint256(kept.relation), uint256(Relation.Merge), "relation");
            assertEq(uint256(kept.grade), uint256(EvidenceGrade.Acknowledged), "grade");
            assertEq(kept.undisclosed, i % 2 == 0, "undisclosed");
            ++count;
            if (publishers) ++own;
        }
        assertEq(_list.count, count, "count");
        assertEq(_list.byPublisher, own, "by the publisher");
    }

    /// @dev Removing any of an edge leaves the others in their order, and gives its room back.
    function testFuzz_remove_keepsTheOthersAndFreesTheRoom(uint256 count, uint256 removed) public {
        count = bound(count, 1, MAX_BY_PUBLISHER);
        removed = bound(removed, 0, count - 1);
        for (uint256 i = 0; i < count; ++i) {
            _list.add(AttestedParent(_parent(i), Relation.Merge, EvidenceGrade.Acknowledged, false, uint40(i)), true);
        }
        _list.remove(removed);
        assertEq(_list.count, count - 1, "count");
        assertEq(_list.byPublisher, count - 1, "by the publisher");
        for (uint256 i = 0; i + 1 < count; ++i) {
            uint256 expected = i < removed ? i : i + 1;
            assertEq(ModelId.unwrap(_list.get(i).model), ModelId.unwrap(_parent(expected)), "parent");
            assertEq(_list.get(i).attestedAt, expected, "time");
        }
        (, bool found) = _list.find(_parent(removed));
        assertEq(found, false, "removed");
        assertEq(ModelId.unwrap(_list.get(count - 1).model), 0, "the last place is empty");
    }

    function _parent(uint256 index) private pure returns (ModelId) {
        return ModelId.wrap(keccak256(abi.encode(index)));
    }
}
