// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManager} from "@openzeppelin/contracts/access/manager/AccessManager.sol";
import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";

import {IWritePause} from "../../../contracts/governance/IWritePause.sol";
import {WritePause} from "../../../contracts/governance/WritePause.sol";
import {Test} from "../base/Test.sol";

contract Pausable is WritePause {
    uint256 public writes;

    constructor(address manager) AccessManaged(manager) {}

    function write() external whenNotPaused {
        ++writes;
    }
}

/// @dev A guardian that pauses and resumes at will, a writer, and passing time. Records the total of the pauses.
contract PauseHandler is Test {
    uint40 private constant MAX_PAUSE = 7 days;

    Pausable public immutable PAUSABLE;
    uint256 public immutable BEGUN;
    uint256 public clock;
    uint256 public pausedSeconds;
    uint256 public longestPause;

    uint256 private _pausedAt;

    constructor(Pausable pausable) {
        PAUSABLE = pausable;
        BEGUN = block.timestamp;
        clock = block.timestamp;
    }

    function pause() external {
        VM.warp(clock);
        uint256 ended = PAUSABLE.pausedUntil();
        bool allowed = ended == 0 || clock >= ended + MAX_PAUSE;
        try PAUSABLE.pauseWrites() {
            assertTrue(allowed, "paused too soon");
            _pausedAt = clock;
        } catch {
            assertTrue(!allowed, "a pause that was due was refused");
        }
    }

    function resume() external {
        VM.warp(clock);
        bool paused = clock < PAUSABLE.pausedUntil();
        try PAUSABLE.resumeWrites() {
            assertTrue(paused, "resumed what was not paused");
        } catch {
            assertTrue(!paused, "a pause could not be ended");
        }
    }

    function write() external {
        VM.warp(clock);
        bool paused = clock < PAUSABLE.pausedUntil();
        try PAUSABLE.write() {
            assertTrue(!paused, "wrote while paused");
        } catch {
            assertTrue(paused, "writes were stopped without a pause");
        }
    }

    function pass(uint256 time) external {
        uint256 passed = bound(time, 0, 8 days);
        uint256 end = PAUSABLE.pausedUntil();
        if (clock < end) {
            pausedSeconds += clock + passed < end ? passed : end - clock;
            uint256 lasted = (clock + passed < end ? clock + passed : end) - _pausedAt;
            if (lasted > longestPause) longestPause = lasted;
        }
        clock += passed;
    }
}

contract WritePauseTest is Test {
    Pausable private _pausable;
    PauseHandler private _handler;

    function setUp() public {
        VM.warp(1_800_000_000);
        AccessManager manager = new AccessManager(address(this));
        _pausable = new Pausable(address(manager));
        _handler = new PauseHandler(_pausable);
        bytes4[] memory selectors = new bytes4[](2);
        selectors[0] = IWritePause.pauseWrites.selector;
        selectors[1] = IWritePause.resumeWrites.selector;
        manager.setTargetFunctionRole(address(_pausable), selectors, 1);
        manager.grantRole(1, address(_handler), 0);
        manager.grantRole(1, address(this), 0);
    }

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_handler);
    }

    /// @dev Writes are stopped from the second of the pause until the second before its end.
    function testFuzz_pauseWrites_lastsSevenDays(uint40 start, uint40 later) public {
        uint40 begun = uint40(bound(start, block.timestamp, type(uint40).max - 14 days));
        VM.warp(begun);
        _pausable.pauseWrites();
        assertEq(_pausable.pausedUntil(), begun + 7 days, "until");
        uint256 time = bound(later, begun, begun + 14 days);
        VM.warp(time);
        if (time < begun + 7 days) {
            VM.expectRevert(abi.encodeWithSelector(IWritePause.WritePausePaused.selector, begun + 7 days));
        }
        _pausable.write();
    }

    /// @dev Whatever a guardian does, it stops writes for at most seven days in a row, and for half of the time plus
    /// one pause.
    function invariant_writesAreStoppedHalfOfTheTimeAtMost() public view {
        uint256 elapsed = _handler.clock() - _handler.BEGUN();
        assertTrue(_handler.longestPause() <= 7 days, "a pause lasted too long");
        assertTrue(_handler.pausedSeconds() <= elapsed / 2 + 7 days, "paused more than half of the time");
    }
}
