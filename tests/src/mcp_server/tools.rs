//! The tools of the server: a small shop, in which reading is harmless, refunding costs money and deleting is final.

use rmcp::handler::server::wrapper::Parameters;
use rmcp::{tool, tool_router};
use schemars::JsonSchema;
use serde::Deserialize;

/// Every tool of the server, in alphabetical order.
pub const TOOL_NAMES: [&str; 4] = ["delete_order", "echo", "refund_order", "search_orders"];

/// The server's state: none, each call stands alone.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shop;

#[derive(Debug, Deserialize, JsonSchema)]
struct Echo {
    /// What comes back unchanged.
    text: String,
}

#[derive(Debug, Deserialize, JsonSchema)]
struct SearchOrders {
    /// Part of a customer's name.
    customer: String,
}

#[derive(Debug, Deserialize, JsonSchema)]
struct RefundOrder {
    /// The order to refund.
    order_id: String,
    /// Whole euros.
    amount: u32,
}

#[derive(Debug, Deserialize, JsonSchema)]
struct DeleteOrder {
    /// The order to delete.
    order_id: String,
}

#[tool_router(server_handler)]
impl Shop {
    #[tool(description = "Answers with the text it was given")]
    fn echo(&self, Parameters(Echo { text }): Parameters<Echo>) -> String {
        text
    }

    #[tool(description = "Finds a customer's orders")]
    fn search_orders(
        &self,
        Parameters(SearchOrders { customer }): Parameters<SearchOrders>,
    ) -> String {
        format!("2 orders of {customer}: A-1001 (40 euros), A-1002 (90 euros)")
    }

    #[tool(description = "Refunds an order, in whole or in part")]
    fn refund_order(
        &self,
        Parameters(RefundOrder { order_id, amount }): Parameters<RefundOrder>,
    ) -> String {
        format!("refunded {amount} euros of order {order_id}")
    }

    #[tool(description = "Deletes an order for good")]
    fn delete_order(
        &self,
        Parameters(DeleteOrder { order_id }): Parameters<DeleteOrder>,
    ) -> String {
        format!("deleted order {order_id}")
    }
}
