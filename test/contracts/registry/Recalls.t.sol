// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.35;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";

import {IRecalls, Recall, RecallKind, RecallState} from "../../../contracts/registry/IRecalls.sol";
import {Recalls} from "../../../contracts/registry/Recalls.sol";
import {externalId} from "../../../contracts/types/ExternalName.sol";
import {ModelId} from "../../../contracts/types/Ids.sol";
import {Deploy} from "../base/Deploy.sol";
import {Test} from "../base/Test.sol";

/**
 * @dev Does with recalls and bindings whatever anybody may try, in any order, and writes down what succeeded. What must be
 * true is worked out from that history. Never reverts.
 */
contract RecallsHandler is Test {
    /// @dev A recall or an undo that succeeded.
    struct Act {
        bool undo;
        address by;
        uint256 time;
    }

    address public constant AUTHORITY = address(0xa0);
    address public constant GUARDIAN = address(0x9a2d);
    /// @dev Has both roles.
    address public constant BOTH = address(0xb07);
    address public constant VERIFIER = address(0x7e);
    address public constant ADJUDICATOR = address(0xad);
    address public constant STRANGER = address(0x57);
    uint256 public constant DIGESTS = 4;
    uint256 public constant EXTERNALS = 2;
    uint256 public constant MODELS = 6;

    Recalls public immutable RECALLS = Recalls(Deploy.deploy("Recalls", abi.encode(address(this))));

    uint256 public disagreements;
    uint256 public trespasses;
    /// @dev Trespasses that were not refused with the error that names the caller.
    uint256 public wrongRefusals;

    mapping(RecallKind kind => mapping(bytes32 digest => Act[])) private _history;
    mapping(uint256 externalIndex => mapping(uint256 model => bool)) private _bound;

    /// @dev As access manager.
    function canCall(address caller, address, bytes4 selector) external pure returns (bool, uint32) {
        if (selector == IRecalls.recall.selector) return (caller == AUTHORITY || caller == BOTH, 0);
        if (selector == IRecalls.undoRecall.selector) return (caller == GUARDIAN || caller == BOTH, 0);
        if (selector == IRecalls.ruleExternal.selector) return (caller == ADJUDICATOR, 0);
        return (caller == VERIFIER, 0);
    }

    // Actions.

    function pass(uint32 time) external {
        VM.warp(block.timestamp + bound(time, 1, 5 days));
    }

    function recall(bool both, uint8 kindIndex, uint256 digestIndex) external {
        (RecallKind kind, bytes32 digest) = key(kindIndex, digestIndex);
        address caller = both ? BOTH : AUTHORITY;
        bool allowed = digest != 0 && !isRecalled(kind, digest);
        if (_attempt(caller, abi.encodeCall(IRecalls.recall, (kind, digest, "")), allowed)) {
            _history[kind][digest].push(Act(false, caller, block.timestamp));
        }
    }

    function undo(bool both, uint8 kindIndex, uint256 digestIndex) external {
        (RecallKind kind, bytes32 digest) = key(kindIndex, digestIndex);
        address caller = both ? BOTH : GUARDIAN;
        Act[] storage acts = _history[kind][digest];
        bool allowed = acts.length == 1 && acts[0].by != caller && block.timestamp <= acts[0].time + 7 days;
        if (_attempt(caller, abi.encodeCall(IRecalls.undoRecall, (kind, digest, "")), allowed)) {
            acts.push(Act(true, caller, block.timestamp));
        }
    }

    function bind(bool rules, uint256 externalIndex, uint256 model) external {
        (externalIndex, model) = (externalIndex % EXTERNALS, model % MODELS);
        bool allowed = !_bound[externalIndex][model] && countBound(externalIndex) < 4;
        (ModelId from, ModelId to) = (externalAt(externalIndex), modelAt(model));
        bytes memory data =
            rules
                ? abi.encodeCall(IRecalls.ruleExternal, (from, to, true, bytes32(uint256(1))))
                : abi.encodeCall(IRecalls.bindExternal, (from, to, bytes32(uint256(1))));
        if (_attempt(rules ? ADJUDICATOR : VERIFIER, data, allowed)) _bound[externalIndex][model] = true;
    }

    function unbind(bool rules, uint256 externalIndex, uint256 model) external {
        (externalIndex, model) = (externalIndex % EXTERNALS, model % MODELS);
        (ModelId from, ModelId to) = (externalAt(externalIndex), modelAt(model));
        bytes memory data =
            rules
                ? abi.encodeCall(IRecalls.ruleExternal, (from, to, false, bytes32(0)))
                : abi.encodeCall(IRecalls.unbindExternal, (from, to));
        if (_attempt(rules ? ADJUDICATOR : VERIFIER, data, _bound[externalIndex][model])) {
            _bound[externalIndex][model] = false;
        }
    }

    function name(uint256 externalIndex) external {
        externalIndex %= EXTERNALS;
        bytes memory data = abi.encodeCall(IRecalls.nameExternal, (nameAt(externalIndex)));
        _attempt(STRANGER, data, true);
    }

    /// @dev An account with another role, or none, tries what it may not do.
    function trespass(uint8 what, uint8 who, uint8 kindIndex, uint256 digestIndex, uint256 model) external {
        (RecallKind kind, bytes32 digest) = key(kindIndex, digestIndex);
        (ModelId from, ModelId to) = (externalAt(digestIndex % EXTERNALS), modelAt(model % MODELS));
        bytes[5] memory calls = [
            abi.encodeCall(IRecalls.recall, (kind, digest, "")),
            abi.encodeCall(IRecalls.undoRecall, (kind, digest, "")),
            abi.encodeCall(IRecalls.bindExternal, (from, to, bytes32(0))),
            abi.encodeCall(IRecalls.unbindExternal, (from, to)),
            abi.encodeCall(IRecalls.ruleExternal, (from, to, who % 2 == 0, bytes32(0)))
        ];
        bytes memory data = calls[what % 5];
        address[6] memory people = [AUTHORITY, GUARDIAN, BOTH, VERIFIER, ADJUDICATOR, STRANGER];
        address caller = people[who % 6];
        (bool may, ) = this.canCall(caller, address(RECALLS), bytes4(data));
        if (may) return;
        ++trespasses;
        VM.prank(caller);
        (bool success, bytes memory answer) = address(RECALLS).call(data);
        bytes memory refusal = abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, caller);
        if (success || keccak256(answer) != keccak256(refusal)) ++wrongRefusals;
    }

    // Facts.

    /// @dev A kind and a digest; the digest is zero now and then. The same digests occur in each kind.
    function key(uint8 kindIndex, uint256 digestIndex) public pure returns (RecallKind, bytes32) {
        return (RecallKind(kindIndex % 3), bytes32(digestIndex % DIGESTS));
    }

    function nameAt(uint256 index) public pure returns (string memory) {
        return index == 0 ? "hf:acme/base" : "hf:acme/other";
    }

    function externalAt(uint256 index) public pure returns (ModelId) {
        return externalId(nameAt(index));
    }

    function modelAt(uint256 index) public pure returns (ModelId) {
        return ModelId.wrap(bytes32(0x100 + index));
    }

    function isBound(uint256 externalIndex, uint256 model) external view returns (bool) {
        return _bound[externalIndex][model];
    }

    function countBound(uint256 externalIndex) public view returns (uint256 count) {
        for (uint256 i = 0; i < MODELS; ++i) if (_bound[externalIndex][i]) ++count;
    }

    function historyOf(RecallKind kind, bytes32 digest) external view returns (Act[] memory) {
        return _history[kind][digest];
    }

    /// @dev Whether the last that happened to a digest was a recall.
    function isRecalled(RecallKind kind, bytes32 digest) public view returns (bool) {
        Act[] storage acts = _history[kind][digest];
        return acts.length != 0 && !acts[acts.length - 1].undo;
    }

    function _attempt(address caller, bytes memory data, bool allowed) private returns (bool success) {
        VM.prank(caller);
        (success, ) = address(RECALLS).call(data);
        if (success != allowed) ++disagreements;
    }
}

contract RecallsInvariantTest is Test {
    RecallsHandler private _handler;
    Recalls private _recalls;

    function setUp() public {
        VM.warp(1_800_000_000);
        _handler = new RecallsHandler();
        _recalls = _handler.RECALLS();
    }

    /// @dev The actions of the handler, without its views.
    function targetSelectors() public view returns (FuzzSelector[] memory targets) {
        bytes4[] memory selectors = new bytes4[](7);
        selectors[0] = RecallsHandler.pass.selector;
        selectors[1] = RecallsHandler.recall.selector;
        selectors[2] = RecallsHandler.undo.selector;
        selectors[3] = RecallsHandler.bind.selector;
        selectors[4] = RecallsHandler.unbind.selector;
        selectors[5] = RecallsHandler.name.selector;
        selectors[6] = RecallsHandler.trespass.selector;
        targets = new FuzzSelector[](1);
        targets[0] = FuzzSelector(address(_handler), selectors);
    }

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_handler);
    }

    function invariant_whatHistoryAllowsIsAllowedAndNothingElse() public view {
        assertEq(_handler.disagreements(), 0, "disagreements");
    }

    function invariant_aDigestIsRecalledIfItsLastActWasARecall() public view {
        for (uint8 kind = 0; kind < 3; ++kind) {
            for (uint256 i = 0; i < _handler.DIGESTS(); ++i) {
                (RecallKind which, bytes32 digest) = _handler.key(kind, i);
                assertEq(_recalls.isRecalled(which, digest), _handler.isRecalled(which, digest), "recalled");
            }
        }
    }

    function invariant_aDigestIsUndoneOnceInTimeAndByAnotherAccount() public view {
        for (uint8 kind = 0; kind < 3; ++kind) {
            for (uint256 i = 0; i < _handler.DIGESTS(); ++i) {
                (RecallKind which, bytes32 digest) = _handler.key(kind, i);
                RecallsHandler.Act[] memory acts = _handler.historyOf(which, digest);
                assertTrue(acts.length <= 3, "more than recall, undo, recall");
                if (acts.length < 2) continue;
                assertTrue(acts[1].undo && acts[1].time - acts[0].time <= 7 days, "undone late");
                assertTrue(acts[1].by != acts[0].by, "undone by who recalled");
                if (acts.length == 3) assertEq(_recalls.recallOf(which, digest).undoUntil, 0, "undone again");
            }
        }
    }

    function invariant_aModelIsRecalledByEachKindAndByNoOther() public view {
        uint256 count = _handler.DIGESTS();
        for (uint256 i = 0; i < count * count * count; ++i) {
            (bytes32 model, bytes32 weights, bytes32 tensors) = (
                bytes32(i % count),
                bytes32((i / count) % count),
                bytes32(i / count / count)
            );
            bool expected =
                _handler.isRecalled(RecallKind.Model, model) ||
                    _handler.isRecalled(RecallKind.Weights, weights) ||
                    _handler.isRecalled(RecallKind.Tensors, tensors);
            assertEq(_recalls.areRecalled(ModelId.wrap(model), weights, tensors), expected, "recalled");
        }
    }

    function invariant_anExternalHasItsBindingsEachOnceAndAtMostFour() public view {
        for (uint256 i = 0; i < _handler.EXTERNALS(); ++i) {
            ModelId[] memory models = _recalls.bindingsOf(_handler.externalAt(i));
            assertEq(models.length, _handler.countBound(i), "count");
            assertTrue(models.length <= 4, "more than four");
            for (uint256 j = 0; j < _handler.MODELS(); ++j) {
                uint256 found = 0;
                for (uint256 k = 0; k < models.length; ++k) if (models[k] == _handler.modelAt(j)) ++found;
                assertEq(found, _handler.isBound(i, j) ? 1 : 0, "bound");
            }
        }
    }

    function invariant_nobodyDoesWhatTakesAnotherRole() public view {
        assertEq(_handler.wrongRefusals(), 0, "trespasses that were not refused by name");
    }
}

contract RecallsFuzzTest is Test {
    address private constant GUARDIAN = address(0x9a2d);
    Recalls private _recalls;

    function setUp() public {
        VM.warp(1_800_000_000);
        _recalls = Recalls(Deploy.deploy("Recalls", abi.encode(address(new Everybody()))));
    }

    function testFuzz_undoRecall_isPossibleUntilTheLastSecond(uint8 kindIndex, bytes32 digest, uint32 delay) public {
        VM.assume(digest != 0);
        RecallKind kind = RecallKind(kindIndex % 3);
        _recalls.recall(kind, digest, "");
        uint40 until = uint40(block.timestamp) + 7 days;
        uint256 time = block.timestamp + bound(delay, 7 days - 2, 7 days + 2);
        VM.warp(time);
        if (time > until) {
            VM.expectRevert(abi.encodeWithSelector(IRecalls.RecallsUndoTimePassed.selector, kind, digest, until));
        }
        VM.prank(GUARDIAN);
        _recalls.undoRecall(kind, digest, "");
        assertEq(_recalls.isRecalled(kind, digest), time > until, "recalled");
    }

    function testFuzz_recall_concernsItsKindAlone(uint8 kindIndex, bytes32 digest) public {
        VM.assume(digest != 0);
        RecallKind kind = RecallKind(kindIndex % 3);
        _recalls.recall(kind, digest, "");
        for (uint8 i = 0; i < 3; ++i) {
            assertEq(_recalls.isRecalled(RecallKind(i), digest), RecallKind(i) == kind, "recalled");
        }
        bytes32 other = keccak256(abi.encode(digest));
        assertEq(_recalls.areRecalled(ModelId.wrap(digest), other, 0), kind == RecallKind.Model, "model");
        assertEq(_recalls.areRecalled(ModelId.wrap(other), digest, 0), kind == RecallKind.Weights, "weights");
        assertEq(_recalls.areRecalled(ModelId.wrap(other), other, digest), kind == RecallKind.Tensors, "tensors");
    }

    function testFuzz_recallOf_keepsWhoAndWhen(bytes32 digest, address by) public {
        VM.assume(digest != 0 && by != address(_recalls) && by != _recalls.authority());
        VM.prank(by);
        _recalls.recall(RecallKind.Weights, digest, "");
        Recall memory made = _recalls.recallOf(RecallKind.Weights, digest);
        assertEq(made.by, by, "by");
        assertEq(made.recalledAt, block.timestamp, "recalledAt");
        assertEq(made.undoUntil, block.timestamp + 7 days, "undoUntil");
        assertTrue(made.state == RecallState.Recalled, "state");
    }
}

/// @dev An access manager that gives every role to everybody.
contract Everybody {
    function canCall(address, address, bytes4) external pure returns (bool, uint32) {
        return (true, 0);
    }
}
