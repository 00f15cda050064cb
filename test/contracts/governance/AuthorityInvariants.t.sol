// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.35;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";

import {IWritePause} from "../../../contracts/governance/IWritePause.sol";
import {Deploy} from "../base/Deploy.sol";
import {Test} from "../base/Test.sol";

/// @dev An access manager that gives every role to one account, and calls what it is asked to call.
contract Keeper {
    address private immutable MEMBER;

    constructor(address member) {
        MEMBER = member;
    }

    function canCall(address caller, address, bytes4) external view returns (bool, uint32) {
        return (caller == MEMBER, 0);
    }

    function hasRole(uint64, address account) external view returns (bool, uint32) {
        return (account == MEMBER, 0);
    }

    function call(address target, bytes calldata data) external returns (bool success, bytes memory answer) {
        return target.call(data);
    }
}

/**
 * @dev Moves the contracts of a ledger from one access manager to another, in any order, while members of each manager pause.
 * Only a contract's own manager may move it, and from then on the other's member may pause. Never reverts.
 */
contract AuthorityHandler is Test {
    uint256 public constant CONTRACTS = 6;
    uint256 public constant KEEPERS = 2;
    address private constant STRANGER = address(0x57);

    address[CONTRACTS] private _contracts;
    Keeper[KEEPERS] private _keepers;

    uint256 public moves;
    uint256 public disagreements;
    /// @dev Calls by others that were not refused with the error that names the caller.
    uint256 public wrongRefusals;
    mapping(uint256 index => uint256 keeper) public keeperOf;

    constructor() {
        for (uint256 i = 0; i < KEEPERS; ++i) _keepers[i] = new Keeper(member(i));
        address manager = address(_keepers[0]);
        address recalls = Deploy.deploy("Recalls", abi.encode(manager));
        address ledger = Deploy.deploy("Ledger", abi.encode(manager, recalls));
        address credentials = Deploy.deploy("LicenseCredential", abi.encode(manager, ledger, ledger));
        address claims = Deploy.deploy(
            "LineageClaims",
            abi.encode(manager, ledger, ledger, uint256(1), uint40(1 days), STRANGER)
        );
        address audit = Deploy.deploy("UsageAudit", abi.encode(manager, ledger, ledger, credentials));
        address gate = Deploy.deploy("ReviewGate", abi.encode(manager, ledger, ledger, claims, uint40(0), uint48(0)));
        _contracts = [ledger, credentials, claims, audit, gate, recalls];
    }

    // Actions.

    function pass(uint32 time) external {
        VM.warp(block.timestamp + bound(time, 1, 8 days));
    }

    /// @dev A manager hands a contract over, to the other manager or to an account without code.
    function setAuthority(uint256 index, uint256 from, uint256 to) external {
        index %= CONTRACTS;
        from %= KEEPERS;
        bool hasCode = to % 4 != 0;
        to %= KEEPERS;
        address authority = hasCode ? address(_keepers[to]) : STRANGER;
        bytes memory data = abi.encodeCall(IAccessManaged.setAuthority, (authority));
        (bool success, ) = _keepers[from].call(_contracts[index], data);
        if (success != (from == keeperOf[index] && hasCode)) ++disagreements;
        if (!success) return;
        keeperOf[index] = to;
        ++moves;
    }

    /// @dev A member of any role, or a stranger, tries to hand a contract over to a manager of its own.
    function trespass(uint256 index, uint256 who) external {
        address caller = who % 3 == 0 ? STRANGER : member(who);
        bytes memory data = abi.encodeCall(IAccessManaged.setAuthority, (address(_keepers[who % KEEPERS])));
        VM.prank(caller);
        (bool success, bytes memory answer) = _contracts[index % CONTRACTS].call(data);
        bytes memory refusal = abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, caller);
        if (success || keccak256(answer) != keccak256(refusal)) ++wrongRefusals;
    }

    /// @dev A member of a manager pauses or resumes a contract: it may if the contract asks that manager now.
    function pause(uint256 index, uint256 who, bool ends) external {
        index %= CONTRACTS - 1; // recalls are never paused
        who %= KEEPERS;
        IWritePause paused = IWritePause(_contracts[index]);
        uint40 until = paused.pausedUntil();
        bool allowed = ends ? block.timestamp < until : until == 0 || block.timestamp >= until + 7 days;
        bytes memory data =
            ends ? abi.encodeCall(IWritePause.resumeWrites, ()) : abi.encodeCall(IWritePause.pauseWrites, ());
        VM.prank(member(who));
        (bool success, ) = address(paused).call(data);
        if (success != (allowed && who == keeperOf[index])) ++disagreements;
    }

    // Facts.

    function member(uint256 keeper) public pure returns (address) {
        return address(uint160(0x1000 + (keeper % KEEPERS)));
    }

    function contractAt(uint256 index) external view returns (IAccessManaged) {
        return IAccessManaged(_contracts[index]);
    }

    function keeperAt(uint256 keeper) external view returns (address) {
        return address(_keepers[keeper]);
    }
}

contract AuthorityInvariantTest is Test {
    AuthorityHandler private _handler;

    function setUp() public {
        VM.warp(1_800_000_000);
        _handler = new AuthorityHandler();
    }

    /// @dev The actions of the handler, without its views.
    function targetSelectors() public view returns (FuzzSelector[] memory targets) {
        bytes4[] memory selectors = new bytes4[](4);
        selectors[0] = AuthorityHandler.pass.selector;
        selectors[1] = AuthorityHandler.setAuthority.selector;
        selectors[2] = AuthorityHandler.trespass.selector;
        selectors[3] = AuthorityHandler.pause.selector;
        targets = new FuzzSelector[](1);
        targets[0] = FuzzSelector(address(_handler), selectors);
    }

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_handler);
    }

    function invariant_aContractAsksTheManagerThatItWasHandedTo() public view {
        assertEq(_handler.disagreements(), 0, "disagreements");
        for (uint256 i = 0; i < _handler.CONTRACTS(); ++i) {
            address authority = _handler.contractAt(i).authority();
            assertEq(authority, _handler.keeperAt(_handler.keeperOf(i)), "authority");
        }
    }

    function invariant_nobodyElseHandsAContractOver() public view {
        assertEq(_handler.wrongRefusals(), 0, "trespasses that were not refused by name");
    }

    function afterInvariant() public view {
        assertTrue(_handler.moves() != 0, "nothing was handed over");
    }
}
