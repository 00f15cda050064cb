// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.35;

import {
    Credential,
    CredentialState,
    Grant,
    ILicenseCredential,
    Offer
} from "../../../contracts/licensing/ILicenseCredential.sol";
import {CredentialId, ModelId, TermsId, TierId} from "../../../contracts/types/Ids.sol";
import {Scopes} from "../../../contracts/types/Scopes.sol";
import {LedgerTest} from "../base/LedgerTest.sol";
import {OfferSignature} from "../base/OfferSignature.sol";

contract LicenseCredentialTest is LedgerTest {
    TermsId private _termsId;
    ModelId private _model;

    function setUp() public override {
        super.setUp();
        _termsId = ledger.publishTerms(_terms("terms", 1));
        _model = _registerRoot("model");
    }

    /// @dev A grant succeeds exactly for windows that are not empty and within the tier's longest duration.
    function testFuzz_grant_issuesExactlyTheWindowsThatAreAllowed(
        uint40 time,
        uint40 validFrom,
        uint40 validUntil,
        uint40 maxDuration,
        address holder
    ) public {
        VM.assume(holder != address(0));
        VM.warp(time);
        TierId tier = _offer(_model, _termsId, false, maxDuration);
        uint256 start = validFrom > time ? validFrom : time;
        bool allowed = validUntil > start && (maxDuration == 0 || uint256(validUntil) - start <= maxDuration);
        (bool success, ) = address(credentials).call(
            abi.encodeCall(ILicenseCredential.grant, (Grant(_model, tier, holder, validFrom, validUntil, 0, 0, 0)))
        );
        assertEq(success, allowed, "issued");
        CredentialId id = credentials.hashCredential(_model, tier, holder);
        Credential memory credential = credentials.credentialOf(id);
        if (!allowed) {
            assertEq(uint256(credential.state), uint256(CredentialState.None), "state");
            return;
        }
        assertEq(credential.validFrom, start, "from");
        assertEq(credential.validUntil, validUntil, "until");
        assertEq(credentials.ownerOf(CredentialId.unwrap(id)), holder, "holder");
        assertEq(credentials.isValid(id), start == time, "valid now");
        assertEq(credentials.isValidAt(id, uint40(start)), true, "valid at the beginning");
        assertEq(credentials.isValidAt(id, validUntil), false, "valid at the end");
        if (start > 0) assertEq(credentials.isValidAt(id, uint40(start - 1)), false, "valid before the beginning");
        assertEq(credentials.isValidAt(id, validUntil - 1), true, "valid before the end");
    }

    /// @dev Anybody can obtain an open tier, for every longest duration and at any time.
    function testFuzz_obtain_issuesForTheLongestDuration(uint40 time, uint40 maxDuration) public {
        VM.assume(time < type(uint40).max);
        VM.warp(time);
        TierId tier = _offer(_model, _termsId, true, maxDuration);
        CredentialId id = credentials.obtain(_model, tier);
        Credential memory credential = credentials.credentialOf(id);
        assertEq(credential.validFrom, time, "from");
        uint256 end = uint256(time) + maxDuration;
        bool endless = maxDuration == 0 || end > type(uint40).max;
        assertEq(credential.validUntil, endless ? type(uint40).max : end, "until");
    }

    /// @dev Not one bit of a signed offer or its signature can be changed.
    function testFuzz_accept_takesNothingButWhatWasSigned(
        uint256 key,
        Offer memory other,
        uint256 flip,
        bool tampersSignature
    ) public {
        key = bound(key, 1, 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364140);
        address signer = VM.addr(key);
        ledger.setOperator(address(this), signer, Scopes.GRANT, type(uint40).max);
        Offer memory offer = Offer({
            grant: Grant({
                model: _model,
                tier: _offer(_model, _termsId, false, 0),
                holder: address(this),
                validFrom: 0,
                validUntil: type(uint40).max,
                payment: bytes32(flip),
                agreement: bytes32(flip | 1),
                lifts: uint16(1 + (flip % 2047))
            }),
            epoch: 0,
            deadline: type(uint48).max
        });
        bytes memory signature = OfferSignature.sign(address(credentials), key, offer);
        bytes memory tampered = signature;
        Offer memory sent = offer;
        if (tampersSignature) {
            tampered = abi.encodePacked(signature);
            tampered[flip % 65] ^= bytes1(uint8(1 << ((flip >> 8) % 8)));
        } else {
            sent = _mix(offer, other, flip);
            VM.assume(keccak256(abi.encode(sent)) != keccak256(abi.encode(offer)));
        }
        (bool success, ) = address(credentials).call(
            abi.encodeCall(ILicenseCredential.accept, (sent, signer, tampered))
        );
        assertEq(success, false, "accepted what was not signed");
        credentials.accept(offer, signer, signature);
    }

    /// @dev A signature is for the chain on which it was made: after a fork, one side has another id and refuses it.
    function testFuzz_accept_isForOneChain(uint64 chain) public {
        VM.assume(chain != 0 && chain != block.chainid);
        address signer = VM.addr(7);
        ledger.setOperator(address(this), signer, Scopes.GRANT, type(uint40).max);
        Offer memory offer;
        offer.grant.model = _model;
        offer.grant.tier = _offer(_model, _termsId, false, 0);
        offer.grant.holder = address(this);
        offer.grant.validUntil = type(uint40).max;
        offer.deadline = type(uint48).max;
        bytes memory signature = this.signed(7, offer);
        VM.chainId(chain);
        VM.expectRevert(abi.encodeWithSelector(ILicenseCredential.LicenseCredentialInvalidSignature.selector, signer));
        credentials.accept(offer, signer, signature);
        signature = this.signed(7, offer);
        credentials.accept(offer, signer, signature);
    }

    /// @dev A signature for the chain as it is now. A call of its own reads the chain's id again.
    function signed(uint256 key, Offer memory offer) external view returns (bytes memory) {
        return OfferSignature.sign(address(credentials), key, offer);
    }

    /// @dev `offer` with one field of `other`.
    function _mix(Offer memory offer, Offer memory other, uint256 field) private pure returns (Offer memory mixed) {
        mixed = abi.decode(abi.encode(offer), (Offer));
        field %= 10;
        if (field == 0) mixed.grant.validFrom = other.grant.validFrom;
        if (field == 1) mixed.grant.validUntil = other.grant.validUntil;
        if (field == 2) mixed.deadline = other.deadline;
        if (field == 3) mixed.grant.model = other.grant.model;
        if (field == 4) mixed.epoch = other.epoch;
        if (field == 5) mixed.grant.payment = other.grant.payment;
        if (field == 6) mixed.grant.agreement = other.grant.agreement;
        if (field == 7) mixed.grant.lifts = other.grant.lifts;
        if (field == 8) mixed.grant.tier = other.grant.tier;
        if (field == 9) mixed.grant.holder = other.grant.holder;
    }
}
