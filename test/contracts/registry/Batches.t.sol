// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.35;

import {IModelRegistry} from "../../../contracts/registry/IModelRegistry.sol";
import {ModelId} from "../../../contracts/types/Ids.sol";
import {Registration} from "../../../contracts/types/Registration.sol";
import {LedgerTest} from "../base/LedgerTest.sol";

contract BatchesTest is LedgerTest {
    // When the tests begin. The compiler would read a block's time in a variable again after the time moved.
    uint40 private constant START = 1_800_000_000;

    function testFuzz_materialize_takesWhatWasAnchored(uint8 count, uint8 pick, bytes32 seed, uint32 later) public {
        count = uint8(bound(count, 1, 20));
        pick = uint8(bound(pick, 0, count - 1));
        (bytes32 root, bytes32[] memory proof) = _anchored(count, pick, seed);
        VM.warp(uint256(START) + later);
        Registration memory registration = _numbered(pick, seed);
        VM.prank(address(0xbeef));
        ModelId model = ledger.materialize(registration, root, proof);
        IModelRegistry.Model memory record = ledger.modelOf(model);
        assertEq(record.registeredAt, START, "time of the batch");
        assertEq(record.publisher, address(this), "publisher");
        assertEq(ModelId.unwrap(model), ModelId.unwrap(ledger.hashRegistration(registration)), "id");
    }

    function testFuzz_materialize_takesNothingElse(
        uint8 count,
        uint8 pick,
        bytes32 seed,
        uint8 what,
        bytes32 other
    ) public {
        count = uint8(bound(count, 1, 20));
        pick = uint8(bound(pick, 0, count - 1));
        (bytes32 root, bytes32[] memory proof) = _anchored(count, pick, seed);
        Registration memory registration = _numbered(pick, seed);
        bytes32 weights = registration.weights;
        VM.assume(other != weights && other != 0);
        if (what % 4 == 0) registration.weights = other;
        else if (what % 4 == 1) registration.uri = string(abi.encodePacked(other));
        else if (what % 4 == 2 && proof.length != 0) {
            VM.assume(proof[uint256(other) % proof.length] != other);
            proof[uint256(other) % proof.length] = other;
        } else registration.datasets = other;
        ModelId model = ledger.hashRegistration(registration);
        VM.expectRevert(abi.encodeWithSelector(IModelRegistry.ModelRegistryInvalidProof.selector, model, root));
        ledger.materialize(registration, root, proof);
    }

    function testFuzz_materialize_isOfTheOneWhoAnchored(address publisher, bytes32 seed) public {
        VM.assume(publisher != address(this));
        (bytes32 root, bytes32[] memory proof) = _anchored(2, 0, seed);
        Registration memory registration = _numbered(0, seed);
        registration.publisher = publisher;
        VM.expectRevert(abi.encodeWithSelector(IModelRegistry.ModelRegistryUnknownBatch.selector, publisher, root));
        ledger.materialize(registration, root, proof);
    }

    function testFuzz_anchorBatch_keepsTheFirstTime(bytes32 root, uint32 count, uint32 later) public {
        VM.assume(root != 0 && count != 0);
        ledger.anchorBatch(address(this), root, count, "");
        VM.warp(uint256(START) + later);
        VM.expectRevert(
            abi.encodeWithSelector(IModelRegistry.ModelRegistryAlreadyAnchored.selector, address(this), root)
        );
        ledger.anchorBatch(address(this), root, count, "");
        (uint40 kept, uint32 keptCount) = ledger.batchOf(address(this), root);
        assertEq(kept, START, "time");
        assertEq(keptCount, count, "count");
    }

    /// @dev Anchors a batch of numbered registrations and returns the proof of one. In this plain tree an odd node
    /// moves up.
    function _anchored(uint8 count, uint8 pick, bytes32 seed) private returns (bytes32 root, bytes32[] memory proof) {
        bytes32[] memory level = new bytes32[](count);
        for (uint8 i = 0; i < count; ++i) {
            bytes32 id = ModelId.unwrap(ledger.hashRegistration(_numbered(i, seed)));
            level[i] = keccak256(abi.encode(keccak256(abi.encode(id))));
        }
        proof = new bytes32[](0);
        uint256 place = pick;
        while (level.length > 1) {
            bytes32[] memory next = new bytes32[]((level.length + 1) / 2);
            for (uint256 i = 0; i < level.length; i += 2) {
                next[i / 2] = i + 1 < level.length ? _pair(level[i], level[i + 1]) : level[i];
            }
            uint256 beside = place ^ 1;
            if (beside < level.length) proof = _append(proof, level[beside]);
            place /= 2;
            level = next;
        }
        root = level[0];
        ledger.anchorBatch(address(this), root, count, "");
    }

    function _numbered(uint8 number, bytes32 seed) private view returns (Registration memory) {
        return _registration(address(this), keccak256(abi.encode(seed, number)), new ModelId[](0));
    }

    function _pair(bytes32 a, bytes32 b) private pure returns (bytes32) {
        return a < b ? keccak256(abi.encode(a, b)) : keccak256(abi.encode(b, a));
    }

    function _append(bytes32[] memory list, bytes32 hash) private pure returns (bytes32[] memory longer) {
        longer = new bytes32[](list.length + 1);
        for (uint256 i = 0; i < list.length; ++i) longer[i] = list[i];
        longer[list.length] = hash;
    }
}
