// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.35;

import {
    MAX_PARENTS,
    ModelRecord,
    ModelStatus,
    packModelRecord,
    WIDE_TERMS,
    withMark,
    withStatus,
    withTiers
} from "../../../contracts/types/ModelRecord.sol";
import {Relation} from "../../../contracts/types/Registration.sol";
import {Test} from "../base/Test.sol";

contract ModelRecordTest is Test {
    function testFuzz_record_givesBackWhatWasPacked(
        address publisher,
        uint40 time,
        uint8[8] memory codes,
        uint256 count,
        uint256 terms,
        uint8 status,
        bool tiered,
        bool marked
    ) public pure {
        count = bound(count, 0, MAX_PARENTS);
        terms = bound(terms, 0, WIDE_TERMS);
        uint256 relations = 0;
        for (uint256 i = 0; i < count; ++i) {
            codes[i] = uint8(bound(codes[i], 1, uint256(type(Relation).max)));
            relations |= uint256(codes[i]) << (4 * i);
        }
        ModelRecord record = packModelRecord(publisher, time, relations, terms);
        _check(record, publisher, time, codes, count, terms, ModelStatus.Active);
        assertEq(record.hasTiers(), false, "tiers");

        if (tiered) record = withTiers(record);
        _check(record, publisher, time, codes, count, terms, ModelStatus.Active);

        // Any sequence of states leaves the other fields unchanged.
        ModelStatus last = ModelStatus(bound(status, 0, uint256(type(ModelStatus).max)));
        for (uint256 i = 0; i <= uint256(type(ModelStatus).max); ++i) record = withStatus(record, ModelStatus(i));
        record = withStatus(record, last);
        _check(record, publisher, time, codes, count, terms, last);
        assertEq(record.hasTiers(), tiered, "tiers");

        // A mark comes and goes, and changes nothing else.
        record = withMark(withMark(record, !marked), marked);
        _check(record, publisher, time, codes, count, terms, last);
        assertEq(record.hasTiers(), tiered, "tiers");
        assertEq(record.isMarked(), marked, "marked");
        assertEq(record.isRecalled(), marked || last == ModelStatus.Recalled, "recalled");
    }

    function testFuzz_exists_forAnyPublisherOrTime(address publisher, uint40 time) public pure {
        bool something = publisher != address(0) || time != 0;
        assertEq(packModelRecord(publisher, time, 0, 0).exists(), something, "exists");
    }

    function _check(
        ModelRecord record,
        address publisher,
        uint40 time,
        uint8[8] memory codes,
        uint256 count,
        uint256 terms,
        ModelStatus status
    ) private pure {
        assertEq(record.publisher(), publisher, "publisher");
        assertEq(record.registeredAt(), time, "registered at");
        assertEq(record.parentCount(), count, "parents");
        for (uint256 i = 0; i < MAX_PARENTS; ++i) {
            assertEq(uint256(record.relation(i)), i < count ? codes[i] : 0, "relation");
        }
        assertEq(record.termsNumber(), terms, "terms");
        assertEq(uint256(record.status()), uint256(status), "status");
    }
}
