// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.35;

import {ModelId, TermsId} from "../../../contracts/types/Ids.sol";
import {Parent, Registration, RegistrationHash} from "../../../contracts/types/Registration.sol";
import {Test} from "../base/Test.sol";

/// @dev Hashes from calldata, as the ledger does, and checks what that leaves in memory.
contract RegistrationHashHarness {
    function id(Registration calldata registration) external pure returns (ModelId) {
        return RegistrationHash.id(registration);
    }

    function idWithMemory(
        Registration calldata registration,
        bytes memory before
    )
        external
        pure
        returns (ModelId model, bytes32 beforeHash, uint256 freeBefore, uint256 freeAfter, bytes memory next)
    {
        assembly {
            freeBefore := mload(0x40)
            // Memory past the free memory pointer may hold anything.
            for {
                let i := 0
            } lt(i, 0x1000) {
                i := add(i, 0x20)
            } {
                mstore(add(freeBefore, i), not(i))
            }
        }
        model = RegistrationHash.id(registration);
        assembly {
            freeAfter := mload(0x40)
        }
        beforeHash = keccak256(before);
        next = new bytes(64);
    }
}

contract RegistrationHashTest is Test {
    RegistrationHashHarness private _harness;

    function setUp() public {
        _harness = new RegistrationHashHarness();
    }

    function testFuzz_id_isThatOfPlainEncoding(
        address publisher,
        bytes32[6] memory digests,
        bytes32[] memory models,
        uint8[] memory relations,
        string memory uri
    ) public view {
        Registration memory registration = _registration(publisher, digests, models, relations, uri);
        assertEq(ModelId.unwrap(_harness.id(registration)), _reference(registration), "id");
    }

    function testFuzz_id_isThatOfPlainEncodingForAnyLengthOfUri(uint256 length, bytes32 content) public view {
        bytes memory uri = new bytes(bound(length, 0, 2048));
        for (uint256 i = 0; i < uri.length; ++i) uri[i] = bytes1(keccak256(abi.encode(content, i)));
        bytes32[6] memory digests;
        Registration memory registration = _registration(
            address(this),
            digests,
            new bytes32[](0),
            new uint8[](0),
            string(uri)
        );
        assertEq(ModelId.unwrap(_harness.id(registration)), _reference(registration), "id");
    }

    function testFuzz_id_leavesMemoryAsItWas(
        address publisher,
        bytes32[6] memory digests,
        bytes32[] memory models,
        uint8[] memory relations,
        string memory uri,
        bytes memory canary
    ) public view {
        Registration memory registration = _registration(publisher, digests, models, relations, uri);
        (ModelId model, bytes32 canaryHash, uint256 freeBefore, uint256 freeAfter, bytes memory next) = _harness
            .idWithMemory(registration, canary);
        assertEq(ModelId.unwrap(model), _reference(registration), "id");
        assertEq(canaryHash, keccak256(canary), "memory before");
        assertEq(freeAfter, freeBefore, "free memory pointer");
        assertEq(keccak256(next), keccak256(new bytes(64)), "fresh memory");
    }

    /// @dev The ABI permits the dynamic members in any order, with anything between them. The id depends only on
    /// their values.
    function testFuzz_id_doesNotDependOnTheLayoutOfCalldata(
        address publisher,
        bytes32[6] memory digests,
        bytes32[] memory models,
        uint8[] memory relations,
        string memory uri,
        uint256 gap
    ) public view {
        Registration memory registration = _registration(publisher, digests, models, relations, uri);
        gap = bound(gap, 0, 5);
        bytes memory filler = new bytes(32 * gap);
        bytes memory packedUri = abi.encodePacked(
            bytes(uri).length,
            uri,
            new bytes((32 - (bytes(uri).length % 32)) % 32)
        );
        bytes memory packedParents = abi.encodePacked(registration.parents.length);
        for (uint256 i = 0; i < registration.parents.length; ++i) {
            packedParents = bytes.concat(packedParents, abi.encode(registration.parents[i]));
        }
        // The URI first, then the parents.
        bytes memory data = bytes.concat(
            abi.encodePacked(_harness.id.selector),
            abi.encode(
                32,
                publisher,
                digests[0],
                digests[3],
                digests[4],
                digests[1],
                digests[2],
                digests[5],
                9 * 32 + filler.length + packedUri.length,
                9 * 32 + filler.length
            ),
            filler,
            packedUri,
            packedParents
        );
        (bool success, bytes memory result) = address(_harness).staticcall(data);
        assertTrue(success, "call");
        assertEq(abi.decode(result, (bytes32)), _reference(registration), "id");
    }

    function test_register_hashesAsEip712() public pure {
        bytes32 model = keccak256("model");
        bytes32 typehash = keccak256(
            "Register(Registration registration,uint32 epoch,uint48 deadline)Parent(bytes32 model,uint8 relation)Registration(address publisher,bytes32 weights,bytes32 tensors,bytes32 annex,bytes32 datasets,bytes32 method,bytes32 terms,Parent[] parents,string uri)"
        );
        assertEq(
            RegistrationHash.register(ModelId.wrap(model), type(uint32).max, type(uint48).max),
            keccak256(abi.encode(typehash, model, type(uint32).max, type(uint48).max)),
            "struct hash"
        );
    }

    function _registration(
        address publisher,
        bytes32[6] memory digests,
        bytes32[] memory models,
        uint8[] memory relations,
        string memory uri
    ) private pure returns (Registration memory registration) {
        uint256 count = models.length < relations.length ? models.length : relations.length;
        registration = Registration({
            publisher: publisher,
            weights: digests[0],
            tensors: digests[3],
            annex: digests[4],
            datasets: digests[1],
            method: digests[2],
            terms: TermsId.wrap(digests[5]),
            parents: new Parent[](count),
            uri: uri
        });
        for (uint256 i = 0; i < count; ++i) {
            registration.parents[i] = Parent(ModelId.wrap(models[i]), relations[i]);
        }
    }

    /// @dev EIP-712's `hashStruct`, using only `abi.encode`.
    function _reference(Registration memory registration) private pure returns (bytes32) {
        bytes memory hashes;
        for (uint256 i = 0; i < registration.parents.length; ++i) {
            bytes32 hash = keccak256(
                abi.encode(
                    keccak256("Parent(bytes32 model,uint8 relation)"),
                    registration.parents[i].model,
                    registration.parents[i].relation
                )
            );
            hashes = bytes.concat(hashes, hash);
        }
        return
            keccak256(
                abi.encode(
                    keccak256(
                        "Registration(address publisher,bytes32 weights,bytes32 tensors,bytes32 annex,bytes32 datasets,bytes32 method,bytes32 terms,Parent[] parents,string uri)Parent(bytes32 model,uint8 relation)"
                    ),
                    registration.publisher,
                    registration.weights,
                    registration.tensors,
                    registration.annex,
                    registration.datasets,
                    registration.method,
                    registration.terms,
                    keccak256(hashes),
                    keccak256(bytes(registration.uri))
                )
            );
    }
}
