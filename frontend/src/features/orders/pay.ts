// One purchase from press to captured: keys are kept, so that nothing is bought or charged twice.
import { get, newKey, post } from "../../api/client";
import type { Order, Payment, Product } from "../../api/types";

export type Method = "wechat" | "alipay" | "card";
export const METHODS: readonly Method[] = ["wechat", "alipay", "card"];

const POLL_MS = 300;
const WAIT_MS = 60_000;
const pause = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));

/** A purchase of one product: the same object keeps its keys over retries, one for each way to pay. */
export class Purchase {
  private readonly placeKey = newKey();
  private readonly payKeys = new Map<Method, string>();
  private order: Order | null = null;

  constructor(private readonly product: Product) {}

  /** Orders, pays, waits for the gateway; the last payment tells how it ended. */
  async run(method: Method): Promise<Payment["state"]> {
    this.order ??= await post<Order>(
      "/orders",
      {
        items: [{ product_id: this.product.id, quantity: 1, seen_price_minor: this.product.price.amount_minor }],
        refund_rule_accepted: true,
      },
      this.placeKey,
    );
    const key = this.payKeys.get(method) ?? newKey();
    this.payKeys.set(method, key);
    const { payment } = await post<{ payment: Payment }>(`/orders/${this.order.id}/pay`, { method }, key);
    const state = await settled(this.order.id, payment.id);
    if (state === "failed" || state === "closed") this.payKeys.delete(method);
    return state;
  }
}

/** Waits until a payment is captured or has failed. */
export async function settled(orderId: string, paymentId: string): Promise<Payment["state"]> {
  const end = Date.now() + WAIT_MS;
  while (Date.now() < end) {
    const order = await get<Order>(`/orders/${orderId}`);
    const payment = order.payments.find((each) => each.id === paymentId);
    if (payment && ["captured", "failed", "closed"].includes(payment.state)) return payment.state;
    await pause(POLL_MS);
  }
  return "pending";
}

/** Buys a pack of coins after the refund rule was agreed to; resolves when the coins are there or it failed. */
export async function topUp(productId: string, method: Method, isAgreed: boolean, key: string): Promise<Payment["state"]> {
  const body = { product_id: productId, method, refund_rule_accepted: isAgreed };
  const answer = await post<{ order: Order; payment: Payment }>("/wallet/topups", body, key);
  return settled(answer.order.id, answer.payment.id);
}
