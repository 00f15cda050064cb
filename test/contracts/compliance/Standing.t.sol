// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.35;

import {Standing} from "../../../contracts/compliance/Standing.sol";
import {Test} from "../base/Test.sol";

contract StandingTest is Test {
    uint256 private constant MASK = type(uint256).max >> 225;

    function testFuzz_standing_givesBackWhatWasPacked(
        uint64 rights,
        uint64 ceiling,
        uint64 own,
        uint256 wanted,
        uint256 wantedCeiling,
        bool heir,
        bool bounded
    ) public pure {
        wanted &= MASK;
        wantedCeiling &= MASK;
        Standing standing = Standing.wrap(0).withRights(type(uint64).max, type(uint64).max).withOwn(own);
        standing = standing.withWanted(wanted, 0).withWanted(0, wantedCeiling);
        if (heir) standing = standing.asHeir();
        if (bounded) standing = standing.asBound();
        standing = standing.withRights(rights, ceiling);

        assertEq(standing.rights(), rights, "rights");
        assertEq(standing.ceiling(), ceiling, "ceiling");
        assertEq(standing.own(), own, "own");
        assertEq(standing.wanted(), wanted, "wanted");
        assertEq(standing.wantedCeiling(), wantedCeiling, "wanted ceiling");
        assertEq(standing.isHeir(), heir, "heir");
        assertEq(standing.isBound(), bounded, "bound");
    }

    function testFuzz_withWanted_onlyAdds(uint256 before, uint256 wanted, uint256 wantedCeiling) public pure {
        wanted &= MASK;
        wantedCeiling &= MASK;
        Standing standing = Standing.wrap(before);
        Standing more = standing.withWanted(wanted, wantedCeiling);
        assertEq(more.wanted(), standing.wanted() | wanted, "wanted");
        assertEq(more.wantedCeiling(), standing.wantedCeiling() | wantedCeiling, "wanted ceiling");
        assertEq(Standing.unwrap(more) | before, Standing.unwrap(more), "nothing is taken away");
    }
}
