// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.35;

import {IModelRegistry} from "../../../contracts/registry/IModelRegistry.sol";
import {ModelId} from "../../../contracts/types/Ids.sol";
import {Registration} from "../../../contracts/types/Registration.sol";
import {LedgerTest} from "../base/LedgerTest.sol";
import {DefinedLog} from "../types/MerkleLog.t.sol";

contract BatchesTest is LedgerTest, DefinedLog {
    // When the tests begin. The compiler would read a block's time in a variable again after the time moved.
    uint40 private constant START = 1_800_000_000;

    function testFuzz_materialize_takesWhatWasAnchored(uint8 count, uint8 pick, bytes32 seed, uint32 later) public {
        count = uint8(bound(count, 1, 20));
        pick = uint8(bound(pick, 0, count - 1));
        (bytes32 root, bytes32[] memory proof) = _anchored(count, pick, seed);
        VM.warp(uint256(START) + later);
        Registration memory registration = _numbered(pick, seed);
        VM.prank(address(0xbeef));
        ModelId model = ledger.materialize(registration, root, pick, proof);
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
        VM.expectRevert(
            abi.encodeWithSelector(IModelRegistry.ModelRegistryInvalidProof.selector, model, root, uint32(pick))
        );
        ledger.materialize(registration, root, pick, proof);
    }

    function testFuzz_materialize_isOfTheOneWhoAnchored(address publisher, bytes32 seed) public {
        VM.assume(publisher != address(this));
        (bytes32 root, bytes32[] memory proof) = _anchored(2, 0, seed);
        Registration memory registration = _numbered(0, seed);
        registration.publisher = publisher;
        VM.expectRevert(abi.encodeWithSelector(IModelRegistry.ModelRegistryUnknownBatch.selector, publisher, root));
        ledger.materialize(registration, root, 0, proof);
    }

    function testFuzz_anchorBatch_keepsTheFirstTime(bytes32 root, uint32 count, uint32 later) public {
        VM.assume(root != 0 && count != 0);
        ledger.anchorBatch(address(this), root, count, "");
        VM.warp(uint256(START) + later);
        VM.expectRevert(
            abi.encodeWithSelector(IModelRegistry.ModelRegistryAlreadyAnchored.selector, address(this), root)
        );
        ledger.anchorBatch(address(this), root, count, "");
        (uint40 kept, uint32 keptCount, uint40 revoked) = ledger.batchOf(address(this), root);
        assertEq(kept, START, "time");
        assertEq(keptCount, count, "count");
        assertEq(revoked, 0, "not revoked");
    }

    function testFuzz_materialize_takesNoOtherPlaceOrCount(
        uint8 count,
        uint8 pick,
        bytes32 seed,
        uint8 place,
        uint8 stated
    ) public {
        count = uint8(bound(count, 2, 20));
        pick = uint8(bound(pick, 0, count - 1));
        stated = uint8(bound(stated, 1, 40));
        VM.assume(place != pick);
        bytes32[] memory leaves = _leaves(count, seed);
        bytes32 root = _root(leaves, 0, count);
        bytes32[] memory proof = _inclusion(leaves, pick, 0, count);
        Registration memory registration = _numbered(pick, seed);
        ModelId model = ledger.hashRegistration(registration);
        ledger.anchorBatch(address(this), root, stated, "");
        VM.expectRevert(
            abi.encodeWithSelector(IModelRegistry.ModelRegistryInvalidProof.selector, model, root, uint32(place))
        );
        ledger.materialize(registration, root, place, proof);
    }

    /// @dev Anchors a batch of numbered registrations and returns the proof of one.
    function _anchored(uint8 count, uint8 pick, bytes32 seed) private returns (bytes32 root, bytes32[] memory proof) {
        bytes32[] memory leaves = _leaves(count, seed);
        root = _root(leaves, 0, count);
        proof = _inclusion(leaves, pick, 0, count);
        ledger.anchorBatch(address(this), root, count, "");
    }

    function _leaves(uint8 count, bytes32 seed) private view returns (bytes32[] memory leaves) {
        leaves = new bytes32[](count);
        for (uint8 i = 0; i < count; ++i) {
            bytes32 id = ModelId.unwrap(ledger.hashRegistration(_numbered(i, seed)));
            leaves[i] = sha256(bytes.concat(hex"00", id));
        }
    }

    function _numbered(uint8 number, bytes32 seed) private view returns (Registration memory) {
        return _registration(address(this), keccak256(abi.encode(seed, number)), new ModelId[](0));
    }
}
