// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.35;

import {IModelRegistry} from "../../../contracts/registry/IModelRegistry.sol";
import {ModelId, TermsId} from "../../../contracts/types/Ids.sol";
import {ModelRecord, ModelStatus} from "../../../contracts/types/ModelRecord.sol";
import {Parent, Registration, RegistrationHash, Relation} from "../../../contracts/types/Registration.sol";
import {LedgerTest} from "../base/LedgerTest.sol";

contract ModelRegistryTest is LedgerTest {
    uint256 private constant ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141;

    ModelId[] private _roots;
    TermsId private _termsId;

    function setUp() public override {
        super.setUp();
        _termsId = ledger.publishTerms(_terms("terms", 1));
        for (uint256 i = 1; i <= 8; ++i) _roots.push(_registerRoot(bytes32(i)));
    }

    function testFuzz_register_keepsWhatWasRegistered(
        bytes32[5] memory digests,
        uint8[8] memory relations,
        uint256 count,
        bool stated,
        string memory uri,
        uint40 time
    ) public {
        VM.warp(time);
        count = bound(count, 0, 8);
        Registration memory registration = _child(count);
        registration.weights = digests[0] == 0 ? bytes32(uint256(1 << 200)) : digests[0] | bytes32(uint256(1 << 200));
        registration.tensors = digests[3];
        registration.annex = digests[4];
        registration.datasets = digests[1];
        registration.method = digests[2];
        registration.uri = uri;
        if (stated) registration.terms = _termsId;
        for (uint256 i = 0; i < count; ++i) {
            registration.parents[i].relation = uint8(
                bound(relations[i] % 16, 1, uint256(type(Relation).max)) | ((relations[i] >> 4) % 7 << 4)
            );
        }

        ModelId model = ledger.register(registration);
        assertEq(ModelId.unwrap(model), ModelId.unwrap(ledger.hashRegistration(registration)), "id");
        IModelRegistry.Model memory kept = ledger.modelOf(model);
        assertEq(kept.publisher, address(this), "publisher");
        assertEq(kept.registeredAt, time, "time");
        assertEq(uint256(kept.status), uint256(ModelStatus.Active), "status");
        assertEq(TermsId.unwrap(kept.terms), TermsId.unwrap(registration.terms), "terms");
        for (uint256 i = 0; i < count; ++i) registration.parents[i].relation &= 0xF; // the part is not stored
        assertEq(keccak256(abi.encode(kept.parents)), keccak256(abi.encode(registration.parents)), "parents");

        (ModelRecord record, TermsId terms, ModelId[] memory parents, , ) = ledger.recordWithParentsOf(model);
        assertEq(TermsId.unwrap(terms), TermsId.unwrap(registration.terms), "terms of the lineage");
        assertEq(parents.length, count, "parents of the lineage");
        for (uint256 i = 0; i < count; ++i) {
            assertEq(ModelId.unwrap(parents[i]), ModelId.unwrap(_roots[i]), "a parent of the lineage");
            assertEq(uint256(record.relation(i)), uint256(registration.parents[i].relation), "relation");
        }
    }

    /// @dev Of the 2^256 words that calldata can hold as a relation to a registered parent, exactly seventy are accepted: ten
    /// relations to each of seven parts.
    function testFuzz_register_takesDefinedRelationsOnly(uint256 word, uint8 place, uint256 shift) public {
        if (place & 128 != 0) word = (word % 256) << (bound(shift, 0, 1) * bound(shift >> 8, 0, 252));
        Registration memory registration = _child(8);
        bytes memory data = abi.encodeCall(IModelRegistry.register, (registration));
        // Selector, offset, nine members, count of parents; then model and relation of each.
        uint256 position = 4 + 32 * (1 + 9 + 1 + 2 * uint256(place % 8) + 1);
        assembly {
            mstore(add(add(data, 0x20), position), word)
        }
        (bool success, ) = address(ledger).call(data);
        uint256 relation = word % 16;
        assertEq(success, word >> 4 <= 6 && relation >= 1 && relation <= 10, "registered");
    }

    /// @dev The same for the publisher: it is an address, or the calldata is rejected.
    function testFuzz_hashRegistration_takesNoDirtyPublisher(uint256 word) public view {
        bytes memory data = abi.encodeCall(IModelRegistry.hashRegistration, (_child(1)));
        uint256 position = 4 + 32;
        assembly {
            mstore(add(add(data, 0x20), position), word)
        }
        (bool success, ) = address(ledger).staticcall(data);
        assertEq(success, word <= type(uint160).max, "hashed");
    }

    /// @dev Not one bit of a signed registration or its signature can be changed.
    function testFuzz_registerBySignature_takesNothingButWhatWasSigned(
        uint256 key,
        uint48 deadline,
        uint256 change,
        bytes32 other
    ) public {
        key = bound(key, 1, ORDER - 1);
        address signer = VM.addr(key);
        VM.assume(signer.code.length == 0);
        deadline = uint48(bound(deadline, block.timestamp, type(uint48).max));
        Registration memory registration = _child(2);
        registration.publisher = signer;
        registration.uri = "https://models.example";
        bytes memory signature = _sign(key, registration, deadline);

        (bool success, ) = address(ledger).call(_tampered(registration, deadline, signature, change, other));
        assertEq(success, false, "registered what was not signed");
        ledger.registerBySignature(registration, signer, 0, deadline, signature);
    }

    /// @dev The call of {IModelRegistry.registerBySignature} with one thing changed.
    function _tampered(
        Registration memory registration,
        uint48 deadline,
        bytes memory signature,
        uint256 change,
        bytes32 other
    ) private view returns (bytes memory) {
        bytes memory tampered = abi.encodePacked(signature);
        Registration memory sent = abi.decode(abi.encode(registration), (Registration));
        uint48 until = deadline;
        uint32 epoch = 0;
        uint256 kind = change % 9;
        if (kind == 0) tampered[(change >> 8) % 65] ^= bytes1(uint8(1 << ((change >> 32) % 8)));
        else if (kind == 1) until = uint48(uint256(other)) | uint48(block.timestamp);
        else if (kind == 2) sent.weights = other;
        else if (kind == 3) sent.method = other;
        else if (kind == 4) bytes(sent.uri)[(change >> 8) % 22] ^= bytes1(uint8(1 << ((change >> 32) % 8)));
        else if (kind == 5) sent.parents[(change >> 8) % 2].relation = uint8(Relation.Copy);
        else if (kind == 6) (sent.parents[0], sent.parents[1]) = (sent.parents[1], sent.parents[0]);
        else if (kind == 7) epoch = uint32(uint256(other));
        else sent.terms = _termsId;
        bool same = until == deadline && keccak256(abi.encode(sent)) == keccak256(abi.encode(registration));
        VM.assume(!same || epoch != 0 || kind == 0);
        return
            abi.encodeCall(IModelRegistry.registerBySignature, (sent, registration.publisher, epoch, until, tampered));
    }

    /// @dev A signature is for the chain on which it was made: after a fork, one side has another id and refuses it.
    function testFuzz_registerBySignature_isForOneChain(uint64 chain) public {
        VM.assume(chain != 0 && chain != block.chainid);
        Registration memory registration = _child(1);
        registration.publisher = VM.addr(7);
        uint48 deadline = uint48(block.timestamp);
        bytes memory signature = this.signed(7, registration, deadline);
        VM.chainId(chain);
        VM.expectRevert(
            abi.encodeWithSelector(IModelRegistry.ModelRegistryInvalidSignature.selector, registration.publisher)
        );
        ledger.registerBySignature(registration, registration.publisher, 0, deadline, signature);
        signature = this.signed(7, registration, deadline);
        ledger.registerBySignature(registration, registration.publisher, 0, deadline, signature);
    }

    /// @dev A signature for the chain as it is now. A call of its own reads the chain's id again.
    function signed(
        uint256 key,
        Registration memory registration,
        uint48 deadline
    ) external view returns (bytes memory) {
        return _sign(key, registration, deadline);
    }

    /// @dev The status of a model never goes back, in any order of acts.
    function testFuzz_status_onlyAdvances(uint8[12] memory steps) public {
        ModelId model = _roots[0];
        uint256 stands = 0;
        for (uint256 i = 0; i < steps.length; ++i) {
            uint256 next = 1 + (steps[i] % 3);
            bytes memory call =
                next == 1
                    ? abi.encodeCall(IModelRegistry.supersede, (model, _roots[1]))
                    : next == 2
                        ? abi.encodeCall(IModelRegistry.retire, (model, ""))
                        : abi.encodeCall(IModelRegistry.recall, (model, ""));
            (bool success, ) = address(ledger).call(call);
            assertEq(success, next > stands, "advanced");
            if (success) stands = next;
            (address publisher, ModelStatus status) = ledger.publisherAndStatusOf(model);
            assertEq(publisher, address(this), "publisher");
            assertEq(uint256(status), stands, "status");
        }
    }

    function _child(uint256 count) private view returns (Registration memory) {
        ModelId[] memory parents = new ModelId[](count);
        for (uint256 i = 0; i < count; ++i) parents[i] = _roots[i];
        return _registration(address(this), keccak256("child"), parents);
    }

    function _sign(uint256 key, Registration memory registration, uint48 deadline) private view returns (bytes memory) {
        bytes32 domain = keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256("Stemma"),
                keccak256("1"),
                block.chainid,
                address(ledger)
            )
        );
        bytes32 signed = RegistrationHash.register(ledger.hashRegistration(registration), 0, deadline);
        (uint8 v, bytes32 r, bytes32 s) = VM.sign(key, keccak256(abi.encodePacked(hex"1901", domain, signed)));
        return abi.encodePacked(r, s, v);
    }
}
