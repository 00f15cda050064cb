// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.35;

import {Holding} from "../../../contracts/compliance/algebra/Holding.sol";
import {Lanes} from "../../../contracts/compliance/algebra/Lanes.sol";
import {Standing} from "../../../contracts/compliance/algebra/Standing.sol";
import {Test} from "../base/Test.sol";

contract StandingTest is Test {
    function testFuzz_standing_givesBackWhatWasPacked(
        uint32 rights,
        uint32 ceiling,
        uint32 own,
        uint16 wanted,
        uint16 wantedCeiling,
        uint16 asked,
        uint16 owed
    ) public pure {
        Standing standing = Standing.wrap(0).withRights(_lanes(type(uint32).max), _lanes(type(uint32).max));
        standing = standing.withOwn(_lanes(own)).withWanted(wanted, 0).withWanted(0, wantedCeiling);
        standing = standing.withAsked(asked, 0).withAsked(0, owed).withRights(_lanes(rights), _lanes(ceiling));

        assertEq(Lanes.unwrap(standing.rights()), rights, "rights");
        assertEq(Lanes.unwrap(standing.ceiling()), ceiling, "ceiling");
        assertEq(Lanes.unwrap(standing.own()), own, "own");
        assertEq(standing.wanted(), wanted, "wanted");
        assertEq(standing.wantedCeiling(), wantedCeiling, "wanted ceiling");
        assertEq(standing.asked(), asked, "asked");
        assertEq(standing.owed(), owed, "owed");
    }

    function testFuzz_withWantedAndAsked_onlyAdd(
        uint160 before,
        uint16 wanted,
        uint16 wantedCeiling,
        uint16 asked,
        uint16 owed
    ) public pure {
        Standing standing = Standing.wrap(before);
        Standing more = standing.withWanted(wanted, wantedCeiling).withAsked(asked, owed);
        assertEq(more.wanted(), standing.wanted() | wanted, "wanted");
        assertEq(more.wantedCeiling(), standing.wantedCeiling() | wantedCeiling, "wanted ceiling");
        assertEq(more.asked(), standing.asked() | asked, "asked");
        assertEq(more.owed(), standing.owed() | owed, "owed");
        assertEq(Standing.unwrap(more) | before, Standing.unwrap(more), "nothing is taken away");
    }

    function testFuzz_holding_givesBackWhatWasPacked(
        uint32 passed,
        uint32 granted,
        uint16 first,
        uint8 more
    ) public pure {
        Holding holding = Holding.wrap(0).withRights(_lanes(passed), _lanes(granted));
        for (uint256 i = 0; i <= more; ++i) holding = holding.extended(first + i);
        assertEq(Lanes.unwrap(holding.passed()), passed, "passed");
        assertEq(Lanes.unwrap(holding.granted()), granted, "granted");
        assertEq(holding.first(), first, "first");
        assertEq(holding.end(), uint256(first) + more + 1, "end");
    }

    function _lanes(uint32 value) private pure returns (Lanes) {
        return Lanes.wrap(value);
    }
}
