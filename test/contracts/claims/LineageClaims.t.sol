// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.35;

import {Claim, ClaimState, ILineageClaims} from "../../../contracts/claims/ILineageClaims.sol";
import {LineageClaims} from "../../../contracts/claims/LineageClaims.sol";
import {ClaimId, ModelId} from "../../../contracts/types/Ids.sol";
import {Relation} from "../../../contracts/types/Registration.sol";
import {Deploy} from "../base/Deploy.sol";
import {LedgerTest} from "../base/LedgerTest.sol";
import {ManagerFor} from "../base/ManagerFor.sol";

/// @dev Claims for which this contract is the manager, the adjudicator, the publisher of both models, and the
/// claimant.
contract LineageClaimsTest is LedgerTest {
    uint256 private constant DEPOSIT = 1000;
    uint40 private constant CONTEST_PERIOD = 7 days;

    LineageClaims private _claims;
    ModelId private _child;
    ModelId private _parent;
    ModelId private constant NONE = ModelId.wrap(0);

    function setUp() public override {
        super.setUp();
        address manager = address(new ManagerFor(address(this)));
        _claims = LineageClaims(
            Deploy.deploy("LineageClaims", abi.encode(manager, ledger, ledger, DEPOSIT, CONTEST_PERIOD, address(this)))
        );
        _child = _registerRoot("child");
        _parent = _registerRoot("parent");
    }

    /// @dev The access manager: this contract may do everything.
    function canCall(address caller, address, bytes4) external view returns (bool, uint32) {
        return (caller == address(this), 0);
    }

    function testFuzz_file_takesExactlyTheDeposit(uint64 value) public {
        value = uint64(bound(value, 0, 2 * DEPOSIT));
        bytes memory data = abi.encodeCall(
            ILineageClaims.file,
            (ModelId.unwrap(_child), false, _parent, Relation.Merge, NONE, 0)
        );
        (bool success, ) = address(_claims).call{value: value}(data);
        assertEq(success, value == DEPOSIT, "filed");
        assertEq(address(_claims).balance, success ? DEPOSIT : 0, "balance");
    }

    /// @dev Rejects calldata words that are not a bool or a relation, instead of truncating them.
    function testFuzz_file_refusesDirtyWords(uint256 product, uint256 relation) public {
        product = bound(product, 0, 3);
        relation = bound(relation, 0, 0x105);
        bytes32 subject = product == 1 ? keccak256("a product") : ModelId.unwrap(_child);
        bytes memory data = abi.encodePacked(
            ILineageClaims.file.selector,
            abi.encode(subject, product, _parent, relation, NONE, bytes32(0))
        );
        (bool success, ) = address(_claims).call{value: DEPOSIT}(data);
        assertEq(success, product < 2 && relation > 0 && relation < 11, "filed");
    }

    /// @dev Any claim about a product can be filed, and claims that differ in any way have different ids.
    function testFuzz_file_keepsApartWhatDiffers(
        bytes32[2] memory subject,
        uint8[2] memory relation,
        bytes32[2] memory commitment
    ) public {
        ClaimId[2] memory ids;
        bool same = subject[0] == subject[1] && relation[0] % 10 == relation[1] % 10 && commitment[0] == commitment[1];
        VM.assume(!same && _isProduct(subject[0]) && _isProduct(subject[1]));
        for (uint256 i = 0; i < 2; ++i) {
            Relation by = Relation(1 + (relation[i] % 10));
            ids[i] = _claims.file{value: DEPOSIT}(subject[i], true, _parent, by, NONE, commitment[i]);
            Claim memory filed = _claims.claimOf(ids[i]);
            assertEq(filed.subject, subject[i], "subject");
            assertEq(uint256(filed.relation), uint256(by), "relation");
            assertEq(filed.contestUntil, block.timestamp + CONTEST_PERIOD, "time to contest");
        }
        assertTrue(ClaimId.unwrap(ids[0]) != ClaimId.unwrap(ids[1]), "one id");
        assertEq(address(_claims).balance, 2 * DEPOSIT, "balance");
    }

    /// @dev Only the committed evidence can be disclosed, by anybody.
    function testFuzz_disclose_takesNothingButWhatWasCommittedTo(
        bytes32 evidence,
        bytes32 salt,
        bytes32 otherEvidence,
        bytes32 otherSalt,
        address sender
    ) public {
        VM.assume(evidence != otherEvidence || salt != otherSalt);
        ClaimId claim = _file(_claims.hashCommitment(address(this), evidence, salt));
        VM.prank(sender);
        (bool success, ) = address(_claims).call(
            abi.encodeCall(ILineageClaims.disclose, (claim, otherEvidence, otherSalt, ""))
        );
        assertEq(success, false, "disclosed another");
        VM.prank(sender);
        _claims.disclose(claim, evidence, salt, "");
        assertEq(_claims.claimOf(claim).disclosed, true, "disclosed");
    }

    /// @dev A commitment fixes the claimant's account.
    function testFuzz_disclose_nobodyElsesCommitment(address committed, bytes32 evidence, bytes32 salt) public {
        VM.assume(committed != address(this));
        ClaimId claim = _file(_claims.hashCommitment(committed, evidence, salt));
        (bool success, ) = address(_claims).call(abi.encodeCall(ILineageClaims.disclose, (claim, evidence, salt, "")));
        assertEq(success, false, "disclosed another's");
    }

    /// @dev At every second, either the publisher can still contest or the adjudicator can rule, but never both.
    function testFuzz_rule_exactlyWhenTheTimeToContestHasPassed(uint32 wait, uint32 later, bool upheld) public {
        wait = uint32(bound(wait, 0, 2 * CONTEST_PERIOD));
        later = uint32(bound(later, 0, 2 * CONTEST_PERIOD));
        ClaimId claim = _file(_claims.hashCommitment(address(this), "evidence", "salt"));
        VM.warp(block.timestamp + wait);
        _claims.disclose(claim, "evidence", "salt", "");
        _claims.accept(claim);
        VM.warp(block.timestamp + later);
        bool heard = later >= CONTEST_PERIOD;
        (bool ruled, ) = address(_claims).call(abi.encodeCall(ILineageClaims.rule, (claim, upheld, "")));
        assertEq(ruled, heard, "ruled");
        if (ruled) {
            ClaimState expected = upheld ? ClaimState.Upheld : ClaimState.Rejected;
            assertEq(uint256(_claims.claimOf(claim).state), uint256(expected), "state");
            assertEq(_claims.attestedParentsOf(_child).length, upheld ? 1 : 0, "edges");
        }
        (bool contested, ) = address(_claims).call(abi.encodeCall(ILineageClaims.contest, (claim, "")));
        assertEq(contested, !heard, "contested");
    }

    function testFuzz_texts_haveTwoThousandAndFortyEightBytesAtMost(uint16 length) public {
        length = uint16(bound(length, 0, 4096));
        string memory uri = string(new bytes(length));
        ClaimId claim = _file(_claims.hashCommitment(address(this), "evidence", "salt"));
        bytes[3] memory calls = [
            abi.encodeCall(ILineageClaims.disclose, (claim, "evidence", "salt", uri)),
            abi.encodeCall(ILineageClaims.contest, (claim, uri)),
            abi.encodeCall(ILineageClaims.rule, (claim, true, uri))
        ];
        for (uint256 i = 0; i < 3; ++i) {
            (bool success, bytes memory reason) = address(_claims).call(calls[i]);
            assertEq(success, length <= 2048, "taken");
            if (!success) {
                bytes memory expected = abi.encodeWithSelector(
                    ILineageClaims.LineageClaimsTextTooLong.selector,
                    uint256(length)
                );
                assertEq(keccak256(reason), keccak256(expected), "reason");
            }
            if (success && i == 0) _claims.accept(claim);
        }
    }

    function _file(bytes32 commitment) private returns (ClaimId) {
        return
            _claims.file{value: DEPOSIT}(ModelId.unwrap(_child), false, _parent, Relation.Finetune, NONE, commitment);
    }

    /// @dev Whether a fuzzed word can be a product's digest, since the fuzzer also draws ids from storage.
    function _isProduct(bytes32 subject) private view returns (bool) {
        return subject != 0 && subject != ModelId.unwrap(_child) && subject != ModelId.unwrap(_parent);
    }
}
